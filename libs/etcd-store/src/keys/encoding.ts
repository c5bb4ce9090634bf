import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { OperatorError, type Parsed } from '@kubefigurator/daemon';

/** The largest value that fits into one request, in bytes: etcd takes 1.5 MiB by default, the request around the value included. */
export const MAX_VALUE_BYTES = Math.floor(1.4 * 1024 * 1024);
/** The largest text that is unpacked, in bytes: a gzip bomb must not exhaust the memory of a load balancer. */
export const MAX_TEXT_BYTES = 24 * 1024 * 1024;

/** A text as etcd stores it; `compressed` is true if it is gzipped. */
export interface EncodedText {
  readonly value: Buffer;
  readonly compressed: boolean;
}

/**
 * The text as etcd stores it: plain, or gzipped if it is too large. Throws OperatorError if it is too large even
 * then, or too large for the hosts to unpack.
 */
export function encodeStoredText(text: string, maxBytes: number = MAX_VALUE_BYTES): EncodedText {
  const gzipped = lastGzipped(text, maxBytes)?.value;
  if (gzipped !== undefined && gzipped.length <= maxBytes) return { value: gzipped, compressed: true };
  const plain = Buffer.from(text, 'utf8');
  if (plain.length <= maxBytes) return { value: plain, compressed: false };
  const hint = 'publish fewer Services or nodes under this key';
  if (plain.length > MAX_TEXT_BYTES)
    throw new OperatorError(
      `the config text of ${plain.length} bytes is too large for the hosts, which unpack at most ${MAX_TEXT_BYTES}`,
      { code: 'too-large', hint },
    );
  const { value } = gzip(text, plain, maxBytes);
  if (value.length <= maxBytes) return { value, compressed: true };
  throw new OperatorError(
    `the config text of ${plain.length} bytes (${value.length} gzipped) doesn't fit into etcd, which takes ${maxBytes}`,
    { code: 'too-large', hint },
  );
}

interface Gzipped {
  readonly text: string;
  /** The length of the text in UTF-8. */
  readonly bytes: number;
  readonly value: Buffer;
  /** True if the value is as small as gzip can make it. */
  readonly isSmallest: boolean;
}

/** Each pass asks more than once whether its text fits, and a publication gzips the same text again. */
let last: Gzipped | undefined;

/** Undefined also if the text needn't be gzipped, or must be gzipped smaller. */
function lastGzipped(text: string, maxBytes: number): Gzipped | undefined {
  if (last?.text !== text || last.bytes <= maxBytes) return undefined;
  return last.isSmallest || last.value.length <= maxBytes ? last : undefined;
}

/**
 * Gzips in a fifth of the time, which makes the result a tenth larger; as small as possible only if that doesn't fit into
 * `maxBytes`.
 */
function gzip(text: string, plain: Buffer, maxBytes: number): Gzipped {
  const known = lastGzipped(text, maxBytes);
  if (known !== undefined) return known;
  const quick = gzipSync(plain, { level: 2 });
  const isSmallest = quick.length > maxBytes;
  last = { text, bytes: plain.length, value: isSmallest ? gzipSync(plain) : quick, isSmallest };
  return last;
}

/** SHA-256 of a text in hex, as hosts report it; that of the last text is remembered. */
export function hashOfText(text: string): string {
  return lastHash?.text === text ? lastHash.hash : hashOf(text, text);
}

let lastHash: { readonly text: string; readonly hash: string } | undefined;

/** `content` is the text or its bytes, which are hashed in half the time. */
function hashOf(text: string, content: string | Buffer): string {
  const hash = createHash('sha256').update(content).digest('hex');
  lastHash = { text, hash };
  return hash;
}

/** The gzipped lengths of texts, by their hashes: a search for what fits into etcd asks for the same texts in each pass. */
const lengths = new Map<string, { readonly length: number; readonly isSmallest: boolean }>();
const MOST_LENGTHS = 64;

function gzippedLength(text: string, plain: Buffer, maxBytes: number): number {
  const hash = hashOf(text, plain);
  const known = lengths.get(hash);
  if (known !== undefined && (known.isSmallest || known.length <= maxBytes)) return known.length;
  const { value, isSmallest } = gzip(text, plain, maxBytes);
  lengths.delete(hash);
  lengths.set(hash, { length: value.length, isSmallest });
  // A Map keeps the order in which keys were set: all but the last ones are removed.
  for (const oldest of [...lengths.keys()].slice(0, -MOST_LENGTHS)) lengths.delete(oldest);
  return value.length;
}

/** A text that is too large for etcd, or for the hosts that unpack it. */
export interface TextExcess {
  readonly bytes: number;
  readonly most: number;
  /** The words that follow either number in a message: what is counted, and who takes no more of it. */
  readonly unit: string;
}

/**
 * The limit of which a text uses more than this part (1: all of it); undefined if there is none. A text that is too large
 * for the hosts isn't gzipped.
 */
export function excessOfStoredText(
  text: string,
  part = 1,
  maxBytes: number = MAX_VALUE_BYTES,
): TextExcess | undefined {
  // A UTF-16 code unit needs at most 3 bytes in UTF-8, so that a short text needn't be encoded.
  if (text.length * 3 <= part * maxBytes) return undefined;
  const { bytes, gzipped } = measure(text, part * maxBytes);
  if (bytes <= part * maxBytes) return undefined;
  if (bytes > part * MAX_TEXT_BYTES)
    return { bytes, most: MAX_TEXT_BYTES, unit: 'bytes that the hosts unpack' };
  const length = gzipped();
  return length <= part * maxBytes
    ? undefined
    : { bytes: length, most: maxBytes, unit: 'bytes, gzipped, that one value of etcd takes' };
}

/** The length of a text in UTF-8, and a function that gives its gzipped length, which takes long for a new text. */
function measure(text: string, maxBytes: number): { readonly bytes: number; readonly gzipped: () => number } {
  const known = lastGzipped(text, maxBytes);
  if (known !== undefined) return { bytes: known.bytes, gzipped: () => known.value.length };
  const plain = Buffer.from(text, 'utf8');
  return { bytes: plain.length, gzipped: () => gzippedLength(text, plain, maxBytes) };
}

/** The text of a stored value, plain or gzipped, or the reason why there is none. */
export function decodeStoredText(value: Buffer, maxBytes: number = MAX_TEXT_BYTES): Parsed<string> {
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
