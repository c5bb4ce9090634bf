/** A word of a text for a message: in quotation marks, and cut after `longest` characters. */
export function quoteConfigWord(word: string, longest = 60): string {
  return JSON.stringify(word.length > longest ? `${word.slice(0, longest)}…` : word);
}
