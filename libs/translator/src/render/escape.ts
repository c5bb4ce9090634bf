import { PLAIN_WORD } from '../intent/plain-word.ts';

/**
 * The only way a value gets into the config text: a number, a plain word, or a list of them, which is written
 * with single blanks between. Anything else throws: the parsers should have refused it, so it is a bug.
 */
export function escapeWords(words: unknown): string {
  return Array.isArray(words) ? escapeList(words) : escapeWord(words);
}

/** The texts of lists that have been checked: the servers of a backend share one list of options. */
const checkedLists = new WeakMap<readonly unknown[], string>();

function escapeList(words: readonly unknown[]): string {
  const known = checkedLists.get(words);
  if (known !== undefined) return known;
  const text = words.map(escapeWord).join(' ');
  checkedLists.set(words, text);
  return text;
}

function escapeWord(word: unknown): string {
  if (typeof word === 'number' && Number.isInteger(word)) return String(word);
  if (typeof word === 'string' && PLAIN_WORD.test(word)) return word;
  throw new Error(`not a plain HAProxy word: ${String(JSON.stringify(word)).slice(0, 100)}`);
}

/** Words that have been checked; the names of Nodes stand on thousands of lines. */
const knownWords = new Set<string>();
const MOST_KNOWN = 20_000;

/** Like `escapeWords`, for a word that is written again and again. */
export function escapeKnownWord(word: string): string {
  if (knownWords.has(word)) return word;
  const text = escapeWord(word);
  if (knownWords.size === MOST_KNOWN) knownWords.clear();
  knownWords.add(text);
  return text;
}
