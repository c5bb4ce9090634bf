/** Letters, digits and the punctuation HAProxy takes as it is: no quote, no blank, no `#`, `\`, `$`, `%`, no control character. */
const PLAIN_WORD = /^[A-Za-z0-9._:*@/,()[\]=+-]+$/;

/**
 * The only way a value gets into the config text: a number, a plain word, or a list of them, which is written
 * with single blanks between. Anything else throws, because it should have been refused long before.
 */
export function escapeWords(words: unknown): string {
  return Array.isArray(words) ? words.map(escapeWord).join(' ') : escapeWord(words);
}

function escapeWord(word: unknown): string {
  if (typeof word === 'number' && Number.isInteger(word)) return String(word);
  if (typeof word === 'string' && PLAIN_WORD.test(word)) return word;
  throw new Error(`not a plain HAProxy word: ${String(JSON.stringify(word)).slice(0, 100)}`);
}
