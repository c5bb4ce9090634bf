import {
  formatAddressPort,
  parseIp,
  serviceKey,
  sourceKey,
  type SourceRef,
} from '@kubefigurator/config-model';
import { backendName, type Inventory, type InventoryBind } from '@kubefigurator/translator';
import { bindOwners, countHosts, sumOf } from './owners.ts';

/** A host of a bind that the standing text serves, and the candidate doesn't serve by the same Service. */
export interface LostHost {
  /** Equal for the same host of the same bind and source. */
  readonly id: string;
  /** Address and port. */
  readonly bind: string;
  /** As the text has it: a wildcard as its suffix, `*` for every other request, also for a tcp bind. */
  readonly host: string;
  readonly source: SourceRef;
  /**
   * True if the candidate gives the host to another Service that answers: then it isn't counted, since clients still
   * get an answer.
   */
  readonly taken: boolean;
}

/** What a backend loses: servers of the standing text that the candidate doesn't have. */
export interface LostServers {
  /** The source of the backend in the standing text. */
  readonly source: SourceRef;
  /** Its source in the candidate: another port of the Service if the port was renamed. */
  readonly successor: SourceRef;
  readonly names: readonly string[];
  /** How many of its servers in the standing text the candidate still has. */
  readonly kept: number;
}

/** How much the standing text has, without what is fresh (see `GuardMemory`). */
export interface Stood {
  readonly binds: number;
  readonly hosts: number;
  /** How many different names servers have; 0 if no backend loses one, since they aren't counted then. */
  readonly servers: number;
  /** How many hosts each namespace has. */
  readonly hostsOf: ReadonlyMap<string, number>;
  /** The namespace that has each bind alone, or `SHARED`. */
  readonly ownerOf: ReadonlyMap<string, string>;
}

/** What clients would lose by a candidate. */
export interface Losses {
  readonly hosts: readonly LostHost[];
  /** The binds that nobody answers on any more, by address and port. */
  readonly binds: ReadonlySet<string>;
  /** Of backends that go on; those that go as a whole are among the hosts. */
  readonly servers: readonly LostServers[];
  readonly stood: Stood;
  /** The names of servers that no backend has any more: those of Nodes that are gone for everybody. */
  readonly goneServers: ReadonlySet<string>;
  /**
   * True if no Service of the standing text is served any more, and no other Service answers for any of its hosts.
   */
  readonly isEverything: boolean;
  /** True if every backend that goes on loses all its servers. */
  readonly isEveryServer: boolean;
}

/**
 * Compares what clients can reach. No losses are: a host that another port of the same Service serves, a Service
 * whose bind changes its mode or TLS, and a bind of one address whose port is now bound on all addresses. A host that
 * another Service answers for is listed as `taken`. What is fresh (see `GuardMemory`) isn't counted and may go.
 */
export function compareInventories(
  standing: Inventory,
  candidate: Inventory,
  fresh: ReadonlySet<string> = new Set(),
): Losses {
  const modes = modesOf(candidate);
  const lasting = inventoryWithoutHosts(standing, fresh);
  const hosts: LostHost[] = [];
  const binds = new Set<string>();
  for (const [key, bind] of lasting.binds) {
    const now = bindReachedAt(candidate, bind);
    if (now === undefined) binds.add(key);
    hosts.push(...lostHosts(key, { bind, now, modes, standing, candidate }));
  }
  const hostsOf = countHosts(lasting);
  const stoodHosts = sumOf(hostsOf.values());
  const servers = lostServers(standing, candidate, fresh);
  const losesServers = servers.some(({ names }) => names.length > 0);
  const stoodServers = losesServers ? serverNamesIn(standing, fresh) : [];
  const lost = hosts.filter(({ taken }) => !taken).length;
  return {
    hosts,
    binds,
    servers: servers.filter(({ names }) => names.length > 0),
    stood: {
      binds: lasting.binds.size,
      hosts: stoodHosts,
      servers: stoodServers.length,
      hostsOf,
      ownerOf: bindOwners(lasting),
    },
    goneServers: new Set(losesServers ? missingIn(stoodServers, serverNamesIn(candidate)) : []),
    isEverything: lost > 0 && lost === stoodHosts && !servesAnyOf(lasting, candidate),
    isEveryServer: losesServers && servers.every(({ kept }) => kept === 0),
  };
}

function hostId(bind: string, host: string, source: SourceRef): string {
  return `${bind} ${host} ${sourceKey(source)}`;
}

/** The ids of all hosts, and the names of all servers. */
export function inventoryIds({ binds, backends }: Inventory): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const [bind, { hosts }] of binds)
    for (const [host, source] of hosts) ids.add(hostId(bind, host, source));
  for (const { servers } of backends.values()) for (const name of servers) ids.add(name);
  return ids;
}

/** The inventory without the hosts of these ids; a bind without any other host is left out. */
export function inventoryWithoutHosts({ binds, backends }: Inventory, ids: ReadonlySet<string>): Inventory {
  if (ids.size === 0) return { binds, backends };
  const left = [...binds].flatMap(([key, bind]) => {
    const hosts = [...bind.hosts].filter(([host, source]) => !ids.has(hostId(key, host, source)));
    return hosts.length === 0 ? [] : [[key, { ...bind, hosts: new Map(hosts) }] as const];
  });
  return { binds: new Map(left), backends };
}

interface Comparison {
  readonly bind: InventoryBind;
  /** The bind that answers at its address and port in the candidate; undefined if none does. */
  readonly now: InventoryBind | undefined;
  /** The mode in which each source is served, by `sourceKey`. */
  readonly modes: ReadonlyMap<string, InventoryBind['mode']>;
  readonly standing: Inventory;
  readonly candidate: Inventory;
}

/** The hosts that a bind of the standing text loses; `key` is its address and port. */
function lostHosts(key: string, comparison: Comparison): LostHost[] {
  const { bind, now, modes } = comparison;
  const lost: LostHost[] = [];
  for (const [host, source] of bind.hosts) {
    const owner = now?.hosts.get(host);
    if (owner !== undefined && serviceKey(owner) === serviceKey(source)) continue;
    // The candidate serves this port in another mode. It has only one backend, so that the old mode can't be kept
    // beside it.
    if ((modes.get(sourceKey(source)) ?? bind.mode) !== bind.mode) continue;
    if (now !== undefined && owner === undefined && isRebuilt(bind, now, source)) continue;
    lost.push({
      id: hostId(key, host, source),
      bind: key,
      host,
      source,
      taken: isAnswered(comparison, owner, source),
    });
  }
  return lost;
}

/** The names of all servers, each once. */
function serverNamesIn({ backends }: Inventory, without: ReadonlySet<string> = new Set()): readonly string[] {
  const names = new Set<string>();
  for (const { servers } of backends.values())
    for (const name of servers) if (!without.has(name)) names.add(name);
  return [...names];
}

/**
 * True if the new owner answers: it has a server, or the Service that had the host before had none either, so that
 * clients lose nothing.
 */
function isAnswered(
  { standing, candidate }: Comparison,
  owner: SourceRef | undefined,
  before: SourceRef,
): boolean {
  if (owner === undefined) return false;
  return hasServers(candidate, owner) || !hasServers(standing, before);
}

function hasServers({ backends }: Inventory, source: SourceRef): boolean {
  return (backends.get(backendName(source))?.servers.length ?? 0) > 0;
}

/** True if the Service has the bind in another mode now, or with TLS where it had none, or the reverse. */
function isRebuilt(before: InventoryBind, now: InventoryBind, source: SourceRef): boolean {
  if (before.mode === now.mode && before.tls === now.tls) return false;
  const service = serviceKey(source);
  return [...now.hosts.values()].some((owner) => serviceKey(owner) === service);
}

/** The bind that takes requests to this address and port: the same one, or one on all addresses of its family. */
function bindReachedAt({ binds }: Inventory, { address, port }: InventoryBind): InventoryBind | undefined {
  const every = address === '*' || parseIp(address)?.family === 'IPv4' ? '*' : '::';
  return binds.get(formatAddressPort(address, port)) ?? binds.get(formatAddressPort(every, port));
}

function servicesOf({ binds }: Inventory): ReadonlySet<string> {
  const services = new Set<string>();
  for (const { hosts } of binds.values())
    for (const source of hosts.values()) services.add(serviceKey(source));
  return services;
}

function modesOf({ binds }: Inventory): ReadonlyMap<string, InventoryBind['mode']> {
  const modes = new Map<string, InventoryBind['mode']>();
  for (const { mode, hosts } of binds.values())
    for (const source of hosts.values()) modes.set(sourceKey(source), mode);
  return modes;
}

/** True if a Service of the standing text is served by the candidate, on whatever bind. */
function servesAnyOf(standing: Inventory, candidate: Inventory): boolean {
  const services = servicesOf(candidate);
  return [...servicesOf(standing)].some((service) => services.has(service));
}

/**
 * What each backend loses that the candidate still has, or has under the name of another port of the Service; also if
 * that is nothing.
 */
function lostServers(standing: Inventory, candidate: Inventory, fresh: ReadonlySet<string>): LostServers[] {
  const compared = new Map<string, LostServers>();
  for (const bind of standing.binds.values()) {
    const now = bindReachedAt(candidate, bind);
    for (const [host, source] of bind.hosts) {
      const name = backendName(source);
      if (compared.has(name)) continue;
      const successor = successorOf(candidate, source, now?.hosts.get(host));
      if (successor !== undefined)
        compared.set(name, compareServers({ standing, candidate, fresh, source, successor }));
    }
  }
  return [...compared.values()].filter(({ names, kept }) => names.length + kept > 0);
}

interface ComparedBackend {
  readonly standing: Inventory;
  readonly candidate: Inventory;
  readonly fresh: ReadonlySet<string>;
  readonly source: SourceRef;
  readonly successor: SourceRef;
}

function compareServers({ standing, candidate, fresh, source, successor }: ComparedBackend): LostServers {
  const before = standing.backends.get(backendName(source));
  const now = candidate.backends.get(backendName(successor));
  const all = before?.servers ?? [];
  const stood = fresh.size === 0 ? all : all.filter((name) => !fresh.has(name));
  // Most backends are the same object as in the pass before.
  const names = before === now ? [] : missingIn(stood, now?.servers ?? []);
  return { source, successor, names, kept: stood.length - names.length };
}

/**
 * The source that has the backend in the candidate: the same one, or the port of the same Service that serves the
 * host now (`owner`). Undefined if the backend is gone.
 */
function successorOf(
  { backends }: Inventory,
  source: SourceRef,
  owner: SourceRef | undefined,
): SourceRef | undefined {
  if (backends.has(backendName(source))) return source;
  return owner !== undefined && serviceKey(owner) === serviceKey(source) ? owner : undefined;
}

/** The names of `before` that `now` doesn't have. Most backends don't change: they are compared without a set. */
function missingIn(before: readonly string[], now: readonly string[]): readonly string[] {
  if (before.length === now.length && before.every((name, index) => name === now[index])) return [];
  const left = new Set(now);
  return before.filter((name) => !left.has(name));
}
