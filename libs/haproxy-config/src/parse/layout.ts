import { commonEndsOf } from './common-ends.ts';
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
  const { first: commonAtStart, last: commonAtEnd } = commonEndsOf(text, known.text);
  const shift = text.length - known.text.length;
  // Where a section starts depends on the line before it and on the lines down to its own. So a start is surely the same
  // in both texts if the whole section after it is in the common beginning, or if the whole section before it, with its
  // line feed, is in the common end. A section is the same if its own start and the next one are.
  const startsAtBeginning = known.starts.filter((start) => start <= commonAtStart).length;
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
