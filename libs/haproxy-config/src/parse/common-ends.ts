/** How many characters two texts have in common at their beginning and at their end, which never overlap. */
export interface CommonEnds {
  readonly first: number;
  readonly last: number;
}

/** Compares two texts from both ends. */
export function commonEndsOf(one: string, other: string): CommonEnds {
  const first = commonBeginning(one, other);
  return { first, last: commonEnd(one, other, Math.min(one.length, other.length) - first) };
}

/** In characters: comparing slices is much faster than single characters, which are compared in the last piece only. */
const PIECE = 4096;

/** How many characters are the same at the beginning. */
function commonBeginning(one: string, other: string): number {
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
