/**
 * A pure function that keeps its last result for each object, as long as the other arguments stay the same (`===`), so
 * that a pass computes only what differs from the pass before. The results are shared: nobody may change them.
 */
export function rememberLast<Key extends object, Rest extends readonly unknown[], Result>(
  compute: (key: Key, ...rest: Rest) => Result,
): (key: Key, ...rest: Rest) => Result {
  const last = new WeakMap<Key, { readonly rest: Rest; readonly result: Result }>();
  return (key, ...rest) => {
    const known = last.get(key);
    if (known !== undefined && areSame(known.rest, rest)) return known.result;
    const result = compute(key, ...rest);
    last.set(key, { rest, result });
    return result;
  };
}

function areSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
