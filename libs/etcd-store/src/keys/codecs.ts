import { gzipSync } from 'node:zlib';
import type { KeyFormat } from '@kubefigurator/config-model';
import { revealSecret, secret, type Parsed, type Secret } from '@kubefigurator/daemon';
import { decodeStoredText, encodeStoredText } from './encoding.ts';

/** The two directions between a value and the bytes in etcd. */
export interface Codec<T> {
  /** Throws OperatorError if the value doesn't fit into a request. */
  readonly encode: (value: T) => Buffer;
  readonly decode: (bytes: Buffer) => Parsed<T>;
}

/** The type of a value of each format. JSON stays text here: the shape belongs to the feature that owns the key. */
export interface FormatValues {
  readonly 'config-text': string;
  readonly json: string;
  readonly 'text-gzip': string;
  readonly text: string;
  readonly secret: Secret;
}

export const CODECS: { readonly [F in KeyFormat]: Codec<FormatValues[F]> } = {
  'config-text': {
    encode: (text) => encodeStoredText(text).value,
    decode: (bytes) => decodeStoredText(bytes),
  },
  json: { encode: (text) => Buffer.from(text), decode: decodeJson },
  'text-gzip': { encode: (text) => gzipSync(text), decode: (bytes) => decodeStoredText(bytes) },
  text: { encode: (text) => Buffer.from(text), decode: (bytes) => decodeStoredText(bytes) },
  secret: { encode: (value) => Buffer.from(revealSecret(value)), decode: decodeSecret },
};

function decodeJson(bytes: Buffer): Parsed<string> {
  const text = decodeStoredText(bytes);
  if (!('value' in text)) return text;
  try {
    JSON.parse(text.value);
    return text;
  } catch {
    return { reason: "isn't JSON" };
  }
}

function decodeSecret(bytes: Buffer): Parsed<Secret> {
  const text = decodeStoredText(bytes);
  return 'value' in text ? { value: secret(text.value) } : text;
}
