const HASH = /^[0-9a-f]{64}$/;

/** True for a hash as `hashOfText` gives it. */
export function isTextHash(text: unknown): text is string {
  return typeof text === 'string' && HASH.test(text);
}
