import type { SourceRef } from '@kubefigurator/config-model';

/** The port of a Service through which its namespace has a host name. */
export interface NameHolder {
  readonly source: SourceRef;
  /** Where it has the name, or asks for it: `*:443`. */
  readonly at: string;
  /** The place of its port by age: the oldest has 0; undefined if the port can't be served at the moment. */
  readonly rank: number | undefined;
}

/** Why a namespace can't get a host name, on whichever bind: another namespace has one that collides with it. */
export interface Collision {
  /** What the other name is: the one that is asked for, a wildcard above it, or a name below it. */
  readonly kind: 'same' | 'above' | 'below';
  /** The host name that the other namespace has; a wildcard with its leading dot. */
  readonly name: string;
  readonly holder: NameHolder;
}

/** The host names of all namespaces, whatever their binds. Wildcards begin with a dot, as in `HostPattern`. */
export interface NameIndex {
  /** Whether a namespace has exactly this name. */
  readonly has: (name: string, namespace: string) => boolean;
  /**
   * Adds a name to the namespace of its holder; `isShared` is true for a wildcard that lets others have names below it.
   * Returns true if it collides with a name of another namespace; it is added nevertheless.
   */
  readonly add: (name: string, holder: NameHolder, isShared: boolean) => boolean;
  /** The host name of another namespace that keeps this namespace from having `name`; undefined if there is none. */
  readonly collision: (name: string, namespace: string) => Collision | undefined;
}

/** The owner of a host name by a policy; undefined if the policy gives it to nobody. Owners are compared by identity. */
export type OwnerOfName = (name: string) => object | undefined;

const NO_OWNER: OwnerOfName = () => undefined;

interface Named {
  readonly name: string;
  readonly holder: NameHolder;
}

/** The holders of one name, one of each namespace: the oldest. Nearly always there is one, so a list takes the least memory. */
type Owners = readonly Named[];
const NOBODY: Owners = [];

interface Wildcard {
  owners: Owners;
  /** The owners that don't share it. */
  closed: Owners;
  /**
   * The first name below it that was added, and the first one of a second namespace: whichever namespace asks, one of the
   * two names belongs to another.
   */
  below: readonly Named[];
}

/**
 * `wildcards` has to hold every wildcard that will be added or asked for later: a name is noted at the wildcards above it,
 * so that a look-up costs one step for each label, while memory grows with the number of names, not of their labels.
 * A wildcard doesn't collide with a name below it that a policy gives to somebody else.
 */
export function createNameIndex(wildcards: Iterable<string>, ownerOf: OwnerOfName = NO_OWNER): NameIndex {
  const exact = new Map<string, Owners>();
  const known = new Map<string, Wildcard>();
  for (const name of wildcards) known.set(name, { owners: NOBODY, closed: NOBODY, below: NOBODY });

  function wildcardAt(name: string): Wildcard {
    const wildcard = known.get(name);
    if (wildcard === undefined) throw new Error(`a wildcard that was not announced: ${name}`);
    return wildcard;
  }

  /** The known wildcards above a name, the shortest first; without those that a policy gives to another owner. */
  function wildcardsAbove(name: string): Wildcard[] {
    if (known.size === 0) return [];
    const above: Wildcard[] = [];
    for (let at = name.lastIndexOf('.'); at > 0; at = name.lastIndexOf('.', at - 1)) {
      const wildcard = known.get(name.slice(at));
      if (wildcard !== undefined && ownerOf(name.slice(at)) === ownerOf(name)) above.push(wildcard);
    }
    return above;
  }

  function add(name: string, holder: NameHolder, isShared: boolean): boolean {
    const named = { name, holder };
    const { namespace } = holder.source;
    let isBelowForeign = false;
    for (const wildcard of wildcardsAbove(name)) {
      noteBelow(wildcard, named);
      isBelowForeign ||= ofOther(wildcard.closed, namespace) !== undefined;
    }
    if (isWildcard(name)) {
      const wildcard = wildcardAt(name);
      wildcard.owners = withOldest(wildcard.owners, named);
      if (!isShared) wildcard.closed = withOldest(wildcard.closed, named);
    } else exact.set(name, withOldest(exact.get(name) ?? NOBODY, named));
    return isBelowForeign || collisionAt(name, namespace) !== undefined;
  }

  function collisionAt(name: string, namespace: string): Collision | undefined {
    return isWildcard(name)
      ? collisionOfWildcard(wildcardAt(name), namespace)
      : collisionOfSame(exact.get(name) ?? NOBODY, namespace);
  }

  function collision(name: string, namespace: string): Collision | undefined {
    for (const { closed } of wildcardsAbove(name)) {
      const above = ofOther(closed, namespace);
      if (above !== undefined) return { kind: 'above', ...above };
    }
    return collisionAt(name, namespace);
  }

  return {
    has: (name, namespace) =>
      has((isWildcard(name) ? known.get(name)?.owners : exact.get(name)) ?? NOBODY, namespace),
    add,
    collision,
  };
}

function isWildcard(name: string): boolean {
  return name.startsWith('.');
}

function namespaceOf({ holder }: Named): string {
  return holder.source.namespace;
}

function has(owners: Owners, namespace: string): boolean {
  return owners.some((named) => namespaceOf(named) === namespace);
}

function noteBelow(wildcard: Wildcard, named: Named): void {
  const { below } = wildcard;
  if (below.length < 2 && !has(below, namespaceOf(named))) wildcard.below = [...below, named];
}

function withOldest(owners: Owners, named: Named): Owners {
  const index = owners.findIndex((each) => namespaceOf(each) === namespaceOf(named));
  const before = owners[index];
  if (before === undefined) return [...owners, named];
  return rankOf(named) < rankOf(before) ? owners.with(index, named) : owners;
}

function rankOf({ holder }: Named): number {
  return holder.rank ?? Infinity;
}

/** The first name of another namespace; quick, since a list has one name of each namespace. */
function ofOther(owners: Owners, namespace: string): Named | undefined {
  return owners.find((named) => namespaceOf(named) !== namespace);
}

function collisionOfSame(owners: Owners, namespace: string): Collision | undefined {
  const other = ofOther(owners, namespace);
  return other === undefined ? undefined : { kind: 'same', ...other };
}

/** Names below a wildcard don't collide with it if its namespace shares it, which allows them. */
function collisionOfWildcard({ owners, closed, below }: Wildcard, namespace: string): Collision | undefined {
  const isSharing = has(owners, namespace) && !has(closed, namespace);
  const other = isSharing ? undefined : ofOther(below, namespace);
  return (
    collisionOfSame(owners, namespace) ?? (other === undefined ? undefined : { kind: 'below', ...other })
  );
}
