import type { DiagnosticObject } from '@kubefigurator/translator';

/** The most Events in a minute, so that a mistake in many Services at once doesn't fill the cluster's etcd. */
export const MOST_IN_WINDOW = 50;
/** Limits of one object and of one namespace, so that the others' Events are still written. */
const MOST_OF_OBJECT = 10;
const MOST_OF_NAMESPACE = 40;
const WINDOW_MS = 60_000;

/** Counts the Events of the last minute. */
export interface EventBudget {
  /** True if an Event on the object may be written; it is then counted as written. `now` is in milliseconds. */
  readonly take: (object: DiagnosticObject, now: number) => boolean;
}

interface Spent {
  readonly at: number;
  readonly object: string;
  readonly namespace: string;
}

/**
 * At most 50 Events a minute, 40 of them for one namespace and 10 for one object. The first one of a namespace in a
 * minute is written in any case, so that no namespace uses up the budget of the others.
 */
export function createEventBudget(): EventBudget {
  let spent: readonly Spent[] = [];
  return {
    take: ({ kind, namespace = '', name }, now) => {
      const one: Spent = { at: now, object: `${kind} ${namespace}/${name}`, namespace };
      spent = spent.filter(({ at }) => now - at < WINDOW_MS);
      const ofNamespace = spent.filter((each) => each.namespace === namespace);
      const ofObject = ofNamespace.filter(({ object }) => object === one.object);
      const isWithin =
        spent.length < MOST_IN_WINDOW &&
        ofNamespace.length < MOST_OF_NAMESPACE &&
        ofObject.length < MOST_OF_OBJECT;
      const isTaken = isWithin || ofNamespace.length === 0;
      if (isTaken) spent = [...spent, one];
      return isTaken;
    },
  };
}

/**
 * The items in turns: one of each namespace, then one more of each, and so on. The objects of a namespace take turns in
 * the same way. Otherwise the items keep their order.
 */
export function inNamespaceTurns<T>(
  items: readonly T[],
  objectOf: (item: T) => DiagnosticObject,
): readonly T[] {
  const namespaces = groupBy(items, (item) => objectOf(item).namespace ?? '');
  return takeTurns(
    namespaces.map((group) =>
      takeTurns(groupBy(group, (item) => `${objectOf(item).kind} ${objectOf(item).name}`)),
    ),
  );
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** One item of each queue, then the next of each, and so on. The sort is stable: within a turn, queues keep their order. */
function takeTurns<T>(queues: readonly (readonly T[])[]): readonly T[] {
  const turns = queues.flatMap((queue) => queue.map((item, turn) => ({ item, turn })));
  return turns.sort((a, b) => a.turn - b.turn).map(({ item }) => item);
}
