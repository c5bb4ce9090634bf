/**
 * A word that needs no quotes in HAProxy's config: letters, digits, and punctuation without a meaning to HAProxy; no quote,
 * blank or control character, and no `#`, `\`, `$` or `%`.
 */
export const PLAIN_WORD = /^[A-Za-z0-9._:*@/,()[\]=+-]+$/;
