import { isDeepStrictEqual } from 'node:util';
import { compareText } from '@kubefigurator/config-model';
import type { ClusterSnapshot } from '@kubefigurator/translator';

export const OBJECT_KINDS = ['Service', 'Node', 'Namespace'] as const;
export const CHANGE_KINDS = ['added', 'removed', 'changed'] as const;

/** How one object of the cluster differs from the publication before. */
export interface ObjectChange {
  readonly kind: (typeof OBJECT_KINDS)[number];
  /** `<namespace>/<name>`, or the name alone. */
  readonly name: string;
  readonly change: (typeof CHANGE_KINDS)[number];
}

/** Which objects of the cluster differ from the publication before. */
export interface Cause {
  /** The first of them, by kind and name. */
  readonly objects: readonly ObjectChange[];
  /** How many more there are. */
  readonly more: number;
}

/** So many objects are named, so that a rollout of a whole cluster doesn't fill etcd. */
export const MOST_OBJECTS = 20;

export const NO_CAUSE: Cause = { objects: [], more: 0 };

/** What differs between two snapshots. A record that is the same object is unchanged, so that most cost one comparison. */
export function causeOfChange(before: ClusterSnapshot, after: ClusterSnapshot): Cause {
  const nameInNamespace = ({
    namespace,
    name,
  }: {
    readonly namespace: string;
    readonly name: string;
  }): string => `${namespace}/${name}`;
  const nameAlone = ({ name }: { readonly name: string }): string => name;
  return cutCause([
    ...changesOf('Service', before.services, after.services, nameInNamespace),
    ...changesOf('Node', before.nodes, after.nodes, nameAlone),
    ...changesOf('Namespace', before.namespaces ?? [], after.namespaces ?? [], nameAlone),
  ]);
}

function changesOf<T>(
  kind: ObjectChange['kind'],
  before: readonly T[],
  after: readonly T[],
  nameOf: (record: T) => string,
): readonly ObjectChange[] {
  if (before === after) return [];
  const [known, now] = [new Set(before), new Set(after)];
  const old = new Map(before.filter((one) => !now.has(one)).map((one) => [nameOf(one), one]));
  const fresh = new Map(after.filter((one) => !known.has(one)).map((one) => [nameOf(one), one]));
  return [...new Set([...old.keys(), ...fresh.keys()])].sort(compareText).flatMap((name) => {
    const [was, is] = [old.get(name), fresh.get(name)];
    // A list that was read again gives new objects for what hasn't changed.
    if (isDeepStrictEqual(was, is)) return [];
    return [{ kind, name, change: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed' }];
  });
}

/** The cause of two publications as one: an object that came and went isn't named. */
export function joinCauses(first: Cause, second: Cause): Cause {
  const changes = new Map(first.objects.map((each) => [idOf(each), each]));
  for (const each of second.objects) {
    const change = joinChanges(changes.get(idOf(each))?.change, each.change);
    if (change === undefined) changes.delete(idOf(each));
    else changes.set(idOf(each), { ...each, change });
  }
  const { objects, more } = cutCause([...changes.values()]);
  return { objects, more: more + first.more + second.more };
}

function joinChanges(
  first: ObjectChange['change'] | undefined,
  second: ObjectChange['change'],
): ObjectChange['change'] | undefined {
  if (first === undefined) return second;
  if (first === 'added') return second === 'removed' ? undefined : 'added';
  return second === 'removed' ? 'removed' : 'changed';
}

function cutCause(objects: readonly ObjectChange[]): Cause {
  return {
    objects: objects.slice(0, MOST_OBJECTS),
    more: Math.max(0, objects.length - MOST_OBJECTS),
  };
}

function idOf({ kind, name }: ObjectChange): string {
  return `${kind} ${name}`;
}

/** `Service shop/web changed; Node worker-a added; +3 more`, for people; empty if nothing changed. */
export function describeCause({ objects, more }: Cause, most: number): string {
  const named = objects.slice(0, most).map(({ kind, name, change }) => `${kind} ${name} ${change}`);
  const others = objects.length - named.length + more;
  return [...named, ...(others > 0 ? [`+${String(others)} more`] : [])].join('; ');
}
