import { commonEndsOf } from './common-ends.ts';

/** The lines in which a text differs from an earlier one, as offsets in characters. */
export interface ChangedLines {
  /** Where the lines begin, in both texts. */
  readonly start: number;
  /** Where the first line below them begins. */
  readonly end: number;
  /** The same in the earlier text. */
  readonly endBefore: number;
}

/** The lines from the first to the last one that differ. */
export function changedLinesOf(text: string, before: string): ChangedLines {
  const { first, last } = commonEndsOf(text, before);
  const start = first === 0 ? 0 : text.lastIndexOf('\n', first - 1) + 1;
  const end = lineEndFrom(text, text.length - last, isAtLineStart(before, before.length - last));
  return { start, end, endBefore: before.length - (text.length - end) };
}

/** The end of the line at this place; the place itself if a line begins there, in the other text as well. */
function lineEndFrom(text: string, place: number, isAtLineStartBefore: boolean): number {
  if (isAtLineStartBefore && isAtLineStart(text, place)) return place;
  const lineFeed = text.indexOf('\n', place);
  return lineFeed < 0 ? text.length : lineFeed + 1;
}

function isAtLineStart(text: string, place: number): boolean {
  return place === 0 || text[place - 1] === '\n';
}
