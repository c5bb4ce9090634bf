import type { SourceRef } from '@kubefigurator/config-model';
import { formatAddressPort, sourceKey } from '@kubefigurator/config-model';
import type { PlacedIntent } from '../addresses/assign.ts';
import type { Intent } from '../intent/intent.ts';
import type { Memory } from './contest.ts';
import type { Present } from './memory.ts';
import type { Collision, NameHolder, NameIndex, OwnerOfName } from './name-index.ts';
import { createNameIndex } from './name-index.ts';
import { EVERY_HOST } from './standing.ts';

/** Which namespace has which host name, on every bind. */
export interface NameOwners {
  /** True if a name that stood for the namespace is given to it again; false if the name was idle and others got it. */
  readonly keeps: (name: string, namespace: string) => boolean;
  /** The name of another namespace that keeps this one from having `name` on one more bind; undefined if there is none. */
  readonly collision: (name: string, namespace: string) => Collision | undefined;
  /** True if names of several namespaces collide, but stay since they stood before. */
  readonly isCrowded: boolean;
}

/** Each bind decides its names for itself: `--host-names-per-bind`, as in the predecessor. */
export const NO_OWNERS: NameOwners = { keeps: () => true, collision: () => undefined, isCrowded: false };

/** What the standing text gives or reserves on one bind. */
export interface StandingNames {
  /** `*:443`. */
  readonly at: string;
  readonly memories: ReadonlyMap<string, Memory>;
}

export interface NameClaims {
  readonly standing: readonly StandingNames[];
  /** In the order of age. */
  readonly placed: readonly PlacedIntent[];
  readonly present: Present;
  /** Names that were given to sources that got no bind with them, as `claimKey`: their claims come after all others. */
  readonly idle: ReadonlySet<string>;
  /** As in `Memories`. */
  readonly ownerOf?: OwnerOfName | undefined;
}

export interface DecidedNames extends NameOwners {
  /** The names that sources have got, as `claimKey`. */
  readonly given: () => readonly string[];
  /** Those of the given names that kept other sources from getting a name. */
  readonly inTheWay: ReadonlySet<string>;
}

/** One name of one source as a key; `source` is its `sourceKey`. */
export function claimKey(source: string, name: string): string {
  return `${source} ${name}`;
}

/**
 * Gives names to namespaces: first what stands or is reserved, then by age, then idle ones. If one new name of a port
 * collides with a name of another namespace, the port gets none of its new names. Colliding names that stood both stay:
 * only new claims are refused.
 */
export function decideNameOwners(claims: NameClaims): DecidedNames {
  const { standing, placed, present, idle, ownerOf } = claims;
  const stood = standing.flatMap(httpMemories);
  const names = createNameIndex(wildcardsOf(stood, placed), ownerOf);
  const registry = createRegistry(names, closedWildcards(standing, present));
  const { index } = registry;
  const ranks = new Map(placed.map(({ intent }, rank) => [sourceKey(intent.source), rank]));
  giveStanding(stood, { idle, ranks, registry });
  const standsFor = idle.size === 0 ? namesThatStand(stood) : NO_NAMES;
  const inTheWay = new Set<string>();
  for (const { intent, addresses } of withIdleLast(placed, idle)) {
    const newNames = newNamesOf(intent, index, standsFor);
    const collision = firstCollision(newNames, intent, index);
    if (collision !== undefined) {
      inTheWay.add(claimKey(sourceKey(collision.holder.source), collision.name));
      continue;
    }
    if (newNames.length === 0) continue;
    const at = formatAddressPort(addresses[0] ?? '', intent.bind.port);
    const holder = { source: intent.source, at, rank: ranks.get(sourceKey(intent.source)) };
    for (const name of newNames) registry.give(name, holder);
  }
  return {
    keeps: (name, namespace) => idle.size === 0 || index.has(name, namespace),
    collision: index.collision,
    isCrowded: registry.isCrowded(),
    given: registry.given,
    inTheWay,
  };
}

interface Registry extends Pick<DecidedNames, 'given'> {
  readonly index: NameIndex;
  readonly give: (name: string, holder: NameHolder) => void;
  readonly isCrowded: () => boolean;
}

function createRegistry(index: NameIndex, closed: ReadonlySet<string>): Registry {
  const given: { readonly name: string; readonly holder: NameHolder }[] = [];
  let isCrowded = false;
  return {
    index,
    give: (name, holder) => {
      const isBeside = index.add(name, holder, !closed.has(wildcardKey(holder.source, name)));
      isCrowded ||= isBeside;
      given.push({ name, holder });
    },
    isCrowded: () => isCrowded,
    given: () => given.map(({ name, holder }) => claimKey(sourceKey(holder.source), name)),
  };
}

interface Giving extends Pick<NameClaims, 'idle'> {
  /** The place of each source by age, by `sourceKey`. */
  readonly ranks: ReadonlyMap<string, number>;
  readonly registry: Registry;
}

function giveStanding(stood: readonly StandingMemory[], { idle, ranks, registry: { give } }: Giving): void {
  for (const { at, key, memory } of stood) {
    const holder = { source: memory.source, at, rank: ranks.get(key) };
    for (const name of memory.hosts) {
      if (name === EVERY_HOST) continue;
      if (idle.size === 0 || !idle.has(claimKey(key, name))) give(name, holder);
    }
  }
}

/** The wildcards that stand and those that are asked for. */
function* wildcardsOf(stood: readonly StandingMemory[], placed: readonly PlacedIntent[]): Generator<string> {
  for (const { memory } of stood) for (const name of memory.hosts) if (name.startsWith('.')) yield name;
  for (const { intent } of placed) for (const { name } of intent.hosts) if (name.startsWith('.')) yield name;
}

interface StandingMemory {
  readonly at: string;
  readonly key: string;
  readonly memory: Memory;
}

/** A tcp bind has no names. */
function httpMemories({ at, memories }: StandingNames): StandingMemory[] {
  return [...memories].flatMap(([key, memory]) => (memory.mode === 'http' ? [{ at, key, memory }] : []));
}

type NamesBySource = ReadonlyMap<string, ReadonlySet<string>>;
const NO_NAMES: NamesBySource = new Map();

/** Of a source with several binds, the names on one of them; for the others the index is asked, which takes longer. */
function namesThatStand(stood: readonly StandingMemory[]): NamesBySource {
  return new Map(stood.map(({ key, memory }) => [key, memory.hosts]));
}

function withIdleLast(placed: readonly PlacedIntent[], idle: ReadonlySet<string>): readonly PlacedIntent[] {
  if (idle.size === 0) return placed;
  const isIdle = ({ intent: { source, hosts } }: PlacedIntent): boolean =>
    hosts.some(({ name }) => idle.has(claimKey(sourceKey(source), name)));
  return [...placed.filter((each) => !isIdle(each)), ...placed.filter(isIdle)];
}

/** The names that the namespace of an intent hasn't got yet; those that stand for it need no look into the index. */
function newNamesOf({ mode, hosts, source }: Intent, index: NameIndex, standsFor: NamesBySource): string[] {
  if (mode === 'tcp') return [];
  const stands = standsFor.get(sourceKey(source));
  return hosts.flatMap(({ name }) =>
    stands?.has(name) === true || index.has(name, source.namespace) ? [] : [name],
  );
}

function firstCollision(
  names: readonly string[],
  { source }: Intent,
  index: NameIndex,
): Collision | undefined {
  for (const name of names) {
    const collision = index.collision(name, source.namespace);
    if (collision !== undefined) return collision;
  }
  return undefined;
}

/** The wildcards that aren't shared: one port that names a wildcard without sharing it is enough. */
function closedWildcards(
  standing: readonly StandingNames[],
  { namings, intents }: Present,
): ReadonlySet<string> {
  const closed = new Set<string>();
  const close = (source: SourceRef, names: Iterable<string>): void => {
    for (const name of names) if (name.startsWith('.')) closed.add(wildcardKey(source, name));
  };
  for (const { source, hosts, wildcard } of intents.values())
    if (wildcard !== 'shared')
      close(
        source,
        hosts.map(({ name }) => name),
      );
  for (const { memories } of standing) {
    for (const [key, { source, hosts }] of memories)
      if (namings.get(key)?.wildcard !== 'shared') close(source, hosts);
  }
  return closed;
}

function wildcardKey({ namespace }: SourceRef, name: string): string {
  return `${namespace} ${name}`;
}
