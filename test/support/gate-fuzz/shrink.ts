/**
 * Takes away as many items as possible while `fails` stays true, in pieces that become smaller (delta debugging).
 * Asks `fails` at most `limit` times.
 */
export async function shrinkItems<T>(
  items: readonly T[],
  fails: (fewer: readonly T[]) => Promise<boolean>,
  limit: number,
): Promise<readonly T[]> {
  let kept = items;
  let asked = 0;
  // The last round has pieces of one item; the size 0 ends the loop.
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length && asked < limit;) {
      const fewer = [...kept.slice(0, at), ...kept.slice(at + size)];
      asked += 1;
      if (await fails(fewer)) kept = fewer;
      else at += size;
    }
  }
  return kept;
}

/** The same for a text: first whole lines, then the words of what is left. */
export async function shrinkLines(
  lines: readonly string[],
  fails: (lines: readonly string[]) => Promise<boolean>,
  limit = 60,
): Promise<readonly string[]> {
  const fewer = await shrinkItems(lines, fails, limit);
  const pieces = fewer.flatMap((line, index) => [...(index > 0 ? ['\n'] : []), ...line.split(/(?<=[ \t])/)]);
  const joined = (some: readonly string[]): string[] => some.join('').split('\n');
  return joined(await shrinkItems(pieces, (some) => fails(joined(some)), limit));
}
