interface Weighed<T> {
  readonly item: T;
  /** What the namespace takes before this one is left out: with this one and its smaller ones. */
  readonly together: number;
}

/**
 * The order in which producer and hosts leave out what there is no room for: the next one is always the largest of that
 * namespace whose items take most together, of those that are left. So many items of one namespace push out none of another
 * that asks for little. `compareEqual` says which of two equal ones comes first.
 */
export function fairOrder<T extends { readonly namespace: string }>(
  items: readonly T[],
  weigh: (item: T) => number,
  compareEqual: (a: T, b: T) => number,
): readonly T[] {
  const sums = new Map<string, number>();
  const smallestFirst = items
    .map((item) => ({ item, weight: weigh(item) }))
    .sort((a, b) => a.weight - b.weight || compareEqual(b.item, a.item));
  return smallestFirst
    .map(({ item, weight }): Weighed<T> => {
      const together = (sums.get(item.namespace) ?? 0) + weight;
      sums.set(item.namespace, together);
      return { item, together };
    })
    .sort((a, b) => b.together - a.together || compareEqual(a.item, b.item))
    .map(({ item }) => item);
}
