import { splitWords, wordSpans } from '../parse/words.ts';

/** The host's own copies that stand in for certificate files: from the file's path to the copy's. */
export type CopiesInUse = ReadonlyMap<string, string>;

/** The options of `bind` whose value is a certificate. */
const OPTIONS: ReadonlySet<string> = new Set(['crt', 'default-crt']);

/** The text with the copies in place of their files on its `bind` lines; no line number changes. */
export function replaceFilesByCopies(text: string, copies: CopiesInUse): string {
  if (copies.size === 0) return text;
  return text
    .split('\n')
    .map((line) => (/\bcrt\b/.test(line) ? copyOnLine(line, copies) : line))
    .join('\n');
}

function copyOnLine(line: string, copies: CopiesInUse): string {
  const { words } = splitWords(line);
  if (words[0] !== 'bind') return line;
  const spans = wordSpans(line);
  let result = line;
  // From the end of the line, so that the places of the words before stay right.
  for (let index = words.length - 1; index > 2; index -= 1) {
    const copy = OPTIONS.has(words[index - 1] ?? '') ? copies.get(words[index] ?? '') : undefined;
    const span = spans[index];
    if (copy === undefined || span === undefined) continue;
    result = result.slice(0, span.start) + copy + result.slice(span.end);
  }
  return result;
}
