interface Weighed<T> {
  readonly item: T;
  /** The weight of this item and of all smaller items of its namespace: what these take until this one is left out. */
  readonly together: number;
}

/**
 * The order in which producer and hosts leave out what there is no room for: the next item is always the largest one of
 * the namespace whose remaining items take most together. A namespace with many items can't push out those of a
 * namespace that asks for little. `compareEqual` says which of two equal items is left out first; `taken` is what a
 * namespace takes beside its items, and keeps.
 */
export function fairOrder<T extends { readonly namespace: string }>(
  items: readonly T[],
  weigh: (item: T) => number,
  compareEqual: (a: T, b: T) => number,
  taken: ReadonlyMap<string, number> = new Map(),
): readonly T[] {
  // Once an item is the largest that its namespace has left, the namespace takes the sum of this item and all smaller ones.
  // To sort by these sums therefore gives the order in which the largest namespace always loses its largest item.
  const sums = new Map(taken);
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
