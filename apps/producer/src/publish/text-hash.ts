import { createHash } from 'node:crypto';

const HASH = /^[0-9a-f]{64}$/;

/** SHA-256 of a text in hex, as hosts report it. */
export function hashOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function isTextHash(text: unknown): text is string {
  return typeof text === 'string' && HASH.test(text);
}
