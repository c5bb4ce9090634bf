/** In characters. A longer word is no mistyped option or port, and comparing it would take long. */
const LONGEST = 64;

/** The candidate that a mistyped word most likely means, the first of equally near ones; undefined if none is near. */
export function suggestWord(word: string, candidates: Iterable<string>): string | undefined {
  if (word === '' || word.length > LONGEST) return undefined;
  const lower = word.toLowerCase();
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    // The distance must be below this; the lengths alone differ by at most the distance.
    const limit = Math.min(best?.distance ?? Infinity, mostEdits(candidate) + 1);
    if (Math.abs(candidate.length - word.length) >= limit) continue;
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < limit) best = { candidate, distance };
  }
  return best?.candidate;
}

function mostEdits(candidate: string): number {
  return Math.max(1, Math.floor(candidate.length / 3));
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (same ? 0 : 1),
          swapped ? at(beforeLast, column - 2) + 1 : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
