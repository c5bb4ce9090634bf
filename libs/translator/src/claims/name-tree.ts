import type { SourceRef } from '@kubefigurator/config-model';

/** The port of a Service through which its namespace has a host name. */
export interface NameHolder {
  readonly source: SourceRef;
  /** Where it has the name, or asks for it: `*:443`. */
  readonly at: string;
  /** The place of its port by age: the oldest has 0; undefined if the port can't be served at the moment. */
  readonly rank: number | undefined;
}

/** Why a namespace can't have a host name on one more bind. */
export interface Collision {
  /** How the other name lies to the one that is asked for: the same, a wildcard above it, or a name below a wildcard. */
  readonly kind: 'same' | 'above' | 'below';
  /** The name of the other namespace; a wildcard with its leading dot. */
  readonly name: string;
  readonly holder: NameHolder;
}

/** The host names of all namespaces, whatever their binds. Wildcards begin with a dot, as in `HostPattern`. */
export interface NameTree {
  /** Whether a namespace has exactly this name. */
  readonly has: (name: string, namespace: string) => boolean;
  /**
   * Adds a name to the namespace of its holder; `isShared` is true for a wildcard that lets others have names below it.
   * True if it collides with a name of another namespace; it is added all the same.
   */
  readonly add: (name: string, holder: NameHolder, isShared: boolean) => boolean;
  /** The name of another namespace that this one can't go beside; undefined if there is none. */
  readonly collision: (name: string, namespace: string) => Collision | undefined;
}

interface Named {
  readonly name: string;
  readonly holder: NameHolder;
}

/** The names that end in the same labels. A map of names has the oldest of each namespace; an empty map is absent. */
interface Level {
  /** By the next label; absent at the end of most names. */
  children?: Map<string, Level>;
  exact?: Map<string, Named>;
  wildcards?: Map<string, Named>;
  /** The wildcards that aren't shared. */
  closed?: Map<string, Named>;
  /** Names with more labels than this level: one of two namespaces each, which is enough to find one of another namespace. */
  below: readonly Named[];
}

/** Indexes names by their labels from the right, so that a look-up costs one step for each label of a name. */
export function createNameTree(): NameTree {
  const root = createLevel();

  function add(name: string, holder: NameHolder, isShared: boolean): boolean {
    const named = { name, holder };
    const { namespace } = holder.source;
    let level = root;
    let isBeside = false;
    for (const label of labelsOf(name)) {
      noteBelow(level, named);
      isBeside ||= ofOther(level.closed?.values(), namespace) !== undefined;
      level = childOf(level, label);
    }
    if (!isWildcard(name)) level.exact = withOldest(level.exact, named);
    else {
      level.wildcards = withOldest(level.wildcards, named);
      if (!isShared) level.closed = withOldest(level.closed, named);
    }
    const here = isWildcard(name) ? besideWildcard(level, namespace) : same(level.exact, namespace);
    return isBeside || here !== undefined;
  }

  function levelOf(name: string): Level | undefined {
    let level: Level | undefined = root;
    for (const label of labelsOf(name)) level = level?.children?.get(label);
    return level;
  }

  function collision(name: string, namespace: string): Collision | undefined {
    let level: Level | undefined = root;
    for (const label of labelsOf(name)) {
      const above = ofOther(level.closed?.values(), namespace);
      if (above !== undefined) return { kind: 'above', ...above };
      level = level.children?.get(label);
      if (level === undefined) return undefined;
    }
    return isWildcard(name) ? besideWildcard(level, namespace) : same(level.exact, namespace);
  }

  return {
    has: (name, namespace) => {
      const level = levelOf(name);
      return (isWildcard(name) ? level?.wildcards : level?.exact)?.has(namespace) === true;
    },
    add,
    collision,
  };
}

const NOTHING: readonly Named[] = [];

function createLevel(): Level {
  return { below: NOTHING };
}

function childOf(level: Level, label: string): Level {
  level.children ??= new Map();
  const known = level.children.get(label);
  if (known !== undefined) return known;
  const child = createLevel();
  level.children.set(label, child);
  return child;
}

function isWildcard(name: string): boolean {
  return name.startsWith('.');
}

/** From the right; those of a wildcard are the labels of its suffix. */
function labelsOf(name: string): string[] {
  return (isWildcard(name) ? name.slice(1) : name).split('.').reverse();
}

function namespaceOf({ holder }: Named): string {
  return holder.source.namespace;
}

function noteBelow(level: Level, named: Named): void {
  const { below } = level;
  const isNews = below.length < 2 && below.every((each) => namespaceOf(each) !== namespaceOf(named));
  if (isNews) level.below = [...below, named];
}

function withOldest(map: Map<string, Named> | undefined, named: Named): Map<string, Named> {
  const all = map ?? new Map<string, Named>();
  const known = all.get(namespaceOf(named));
  if (known === undefined || rankOf(named) < rankOf(known)) all.set(namespaceOf(named), named);
  return all;
}

function rankOf({ holder }: Named): number {
  return holder.rank ?? Infinity;
}

/** The first name of another namespace: at most the second one that is looked at. */
function ofOther(names: Iterable<Named> | undefined, namespace: string): Named | undefined {
  for (const named of names ?? []) if (namespaceOf(named) !== namespace) return named;
  return undefined;
}

function same(names: ReadonlyMap<string, Named> | undefined, namespace: string): Collision | undefined {
  const other = ofOther(names?.values(), namespace);
  return other === undefined ? undefined : { kind: 'same', ...other };
}

/** Names below a wildcard were allowed by the namespace that has it, if it shares it: they don't stand in its way. */
function besideWildcard(level: Level, namespace: string): Collision | undefined {
  const { wildcards, closed, below } = level;
  const isSharing = wildcards?.has(namespace) === true && closed?.has(namespace) !== true;
  const other = isSharing ? undefined : ofOther(below, namespace);
  return same(wildcards, namespace) ?? (other === undefined ? undefined : { kind: 'below', ...other });
}
