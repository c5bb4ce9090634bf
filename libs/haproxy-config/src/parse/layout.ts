import { sectionStarts } from './section-starts.ts';

/** A text, and where its sections start, in order. */
export interface Layout {
  readonly text: string;
  readonly starts: readonly number[];
}

/** The layout of a text, compared with another one that was known before. */
export interface LayoutBeside {
  readonly starts: readonly number[];
  /** So many sections at the beginning are the same in both texts. */
  readonly sameFirst: number;
  /** So many sections at the end are the same in both texts, but may stand on other lines. */
  readonly sameLast: number;
}

/** Finds the sections of a text; what it has in common with `known` at its beginning and end isn't searched again. */
export function findSections(text: string, known: Layout | undefined): LayoutBeside {
  if (known === undefined) return { starts: sectionStarts(text), sameFirst: 0, sameLast: 0 };
  const common = commonLength(text, known.text);
  const commonAtEnd = commonEnd(text, known.text, Math.min(text.length, known.text.length) - common);
  const shift = text.length - known.text.length;
  // Where a section starts depends on the line before it and on the lines down to its own. A start is the same in both
  // texts for sure if the whole section behind it is in the common beginning, or if the whole section before it, with its
  // line feed, is in the common end. A section is the same if its own start and the next one are.
  const startsAtBeginning = known.starts.filter((start) => start <= common).length;
  const startsAtEnd = known.starts.filter((start) => start > known.text.length - commonAtEnd).length;
  const sameFirst = Math.max(0, startsAtBeginning - 2);
  const sameLast = Math.max(0, startsAtEnd - 1);
  const from = sameFirst === 0 ? 0 : (known.starts[sameFirst] ?? 0);
  const end = sameLast === 0 ? undefined : known.starts[known.starts.length - sameLast];
  const middle = text.slice(from, end === undefined ? undefined : end + shift);
  const starts = [
    ...known.starts.slice(0, sameFirst),
    ...sectionStarts(middle).map((start) => start + from),
    ...known.starts.slice(known.starts.length - sameLast).map((start) => start + shift),
  ];
  return { starts, sameFirst, sameLast };
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
