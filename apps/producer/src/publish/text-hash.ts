import { createHash } from 'node:crypto';

const HASH = /^[0-9a-f]{64}$/;

/** SHA-256 of a text in hex, as hosts report it. */
export function hashOfText(text: string): string {
  if (last?.text !== text) last = { text, hash: createHash('sha256').update(text).digest('hex') };
  return last.hash;
}

/** The last text that was hashed: a publication asks several times. */
let last: { readonly text: string; readonly hash: string } | undefined;

export function isTextHash(text: unknown): text is string {
  return typeof text === 'string' && HASH.test(text);
}
