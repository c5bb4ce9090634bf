import { sectionStarts } from './section-starts.ts';

/** A text, and where its sections start, in order. */
export interface Layout {
  readonly text: string;
  readonly starts: readonly number[];
}

/** The layout of a text beside another one that was known before. */
export interface LayoutBeside {
  readonly starts: readonly number[];
  /** So many sections at the beginning are the same in both texts. */
  readonly first: number;
  /** So many sections at the end are the same in both texts, but for their place. */
  readonly last: number;
}

/** Finds the sections of a text; what it has in common with `known` at its beginning and end isn't searched again. */
export function layOut(text: string, known: Layout | undefined): LayoutBeside {
  const everything = { starts: [], first: 0, last: 0 };
  if (known === undefined) return { ...everything, starts: sectionStarts(text) };
  const same = commonLength(text, known.text);
  const sameEnd = commonEnd(text, known.text, Math.min(text.length, known.text.length) - same);
  const shift = text.length - known.text.length;
  // Where a section starts depends on the line before it and on the lines down to its own. So a start counts only if
  // the whole section behind it (first part), or the whole one before it with its own line feed (last part), is the same.
  const first = Math.max(0, known.starts.filter((start) => start <= same).length - 2);
  const last = Math.max(0, known.starts.filter((start) => start > known.text.length - sameEnd).length - 1);
  const from = first === 0 ? 0 : (known.starts[first] ?? 0);
  const end = last === 0 ? undefined : known.starts[known.starts.length - last];
  const middle = text.slice(from, end === undefined ? undefined : end + shift);
  const starts = [
    ...known.starts.slice(0, first),
    ...sectionStarts(middle).map((start) => start + from),
    ...known.starts.slice(known.starts.length - last).map((start) => start + shift),
  ];
  return { starts, first, last };
}

/** Large enough that comparing is a matter of memory speed, small enough that the last piece costs nothing. */
const PIECE = 4096;

/** How many characters are the same at the beginning. */
function commonLength(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let same = 0;
  while (same < most && one.slice(same, same + PIECE) === other.slice(same, same + PIECE)) same += PIECE;
  same = Math.min(same, most);
  while (same < most && one[same] === other[same]) same += 1;
  return same;
}

/** How many characters are the same at the end, at most `most`. */
function commonEnd(one: string, other: string, most: number): number {
  const piece = (text: string, same: number): string =>
    text.slice(text.length - Math.min(same + PIECE, most), text.length - same);
  let same = 0;
  while (same < most && piece(one, same) === piece(other, same)) same += PIECE;
  same = Math.min(same, most);
  while (same < most && one[one.length - 1 - same] === other[other.length - 1 - same]) same += 1;
  return same;
}
