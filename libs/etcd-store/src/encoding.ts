import { gunzipSync, gzipSync } from 'node:zlib';
import { OperatorError, type Parsed } from '@kubefigurator/daemon';

/** What fits into one request, in bytes: etcd takes 1.5 MiB by default, and the request has a frame around the value. */
export const MAX_VALUE_BYTES = Math.floor(1.4 * 1024 * 1024);
/** The largest text we unpack, in bytes: a bomb must not take a load balancer's memory. */
export const MAX_TEXT_BYTES = 64 * 1024 * 1024;

export interface EncodedText {
  readonly value: Buffer;
  readonly compressed: boolean;
}

/** The text as etcd stores it: plain, or gzipped where it can't fit; throws OperatorError where even that is too much. */
export function encodeText(text: string, maxBytes: number = MAX_VALUE_BYTES): EncodedText {
  const plain = Buffer.from(text, 'utf8');
  if (plain.length <= maxBytes) return { value: plain, compressed: false };
  const value = gzipSync(plain);
  if (value.length <= maxBytes && plain.length <= MAX_TEXT_BYTES) return { value, compressed: true };
  throw new OperatorError(
    `the config text of ${plain.length} bytes (${value.length} gzipped) doesn't fit into etcd, which takes ${maxBytes}`,
    { code: 'too-large', hint: 'publish fewer Services or nodes under this key' },
  );
}

/** The text in a stored value; a reason where there is none, never a guess. */
export function decodeValue(value: Buffer, maxBytes: number = MAX_TEXT_BYTES): Parsed<string> {
  try {
    return decodeUtf8(isGzip(value) ? gunzipSync(value, { maxOutputLength: maxBytes }) : value);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return { reason: `unpacks to more than ${maxBytes} bytes` };
    return { reason: `starts like gzip, but can't be unpacked (${(thrown as Error).message})` };
  }
}

function isGzip(value: Buffer): boolean {
  return value[0] === 0x1f && value[1] === 0x8b;
}

function decodeUtf8(bytes: Buffer): Parsed<string> {
  try {
    return { value: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { reason: "isn't UTF-8 text" };
  }
}
