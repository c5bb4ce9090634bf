/** The words of a text, separated by any white space. */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

/** A word of a text for a message, cut to a length that fits into a message. */
export function quote(word: string, longest = 60): string {
  return JSON.stringify(word.length > longest ? `${word.slice(0, longest)}…` : word);
}
