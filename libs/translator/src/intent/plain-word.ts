/**
 * A word that needs no quotes in HAProxy's config: letters, digits and the punctuation HAProxy takes as it is; no quote, no
 * blank, no `#`, `\`, `$`, `%`, no control character.
 */
export const PLAIN_WORD = /^[A-Za-z0-9._:*@/,()[\]=+-]+$/;
