/** The words of one of the gate's own tables: each table is one text with white space between the words. */
export function gateWordList(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
