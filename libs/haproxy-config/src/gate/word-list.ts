/** The words of one of the gate's own tables, which are written as one text, with any white space between the words. */
export function gateWordList(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
