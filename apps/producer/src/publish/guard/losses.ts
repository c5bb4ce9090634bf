import {
  formatAddressPort,
  parseIp,
  serviceKey,
  sourceKey,
  type SourceRef,
} from '@kubefigurator/config-model';
import { backendName, type Inventory, type InventoryBind } from '@kubefigurator/translator';
import { bindOwners, countHosts, sumOf } from './owners.ts';

/** A host of a bind that clients can reach by the standing text, and can't reach as they do by the candidate. */
export interface LostHost {
  /** Equal for the same host of the same bind and source. */
  readonly id: string;
  /** Address and port. */
  readonly bind: string;
  /** As the text has it: a wildcard as its suffix, `*` for every other request, also for a tcp bind. */
  readonly host: string;
  readonly source: SourceRef;
  /** True if the candidate gives the host to another Service that answers: the clients lose nothing, so that it isn't counted. */
  readonly taken: boolean;
}

/** Servers of a backend that the candidate doesn't have any more. */
export interface LostServers {
  /** The source of the backend in the standing text. */
  readonly source: SourceRef;
  /** Its source in the candidate: another port of the Service if the port was renamed. */
  readonly successor: SourceRef;
  readonly names: readonly string[];
  /** How many of its servers the candidate has. */
  readonly kept: number;
}

/** How much stands. */
export interface Stood {
  readonly binds: number;
  readonly hosts: number;
  /** Names of servers, each once; 0 if no backend loses one. */
  readonly servers: number;
  /** How many hosts each namespace has. */
  readonly hostsOf: ReadonlyMap<string, number>;
  /** The owner of each bind, as `bindOwner` names it. */
  readonly ownerOf: ReadonlyMap<string, string>;
}

/** What clients would lose. */
export interface Losses {
  readonly hosts: readonly LostHost[];
  /** The binds that nobody answers on any more, by address and port. */
  readonly binds: ReadonlySet<string>;
  readonly servers: readonly LostServers[];
  readonly stood: Stood;
  /** The names of servers that no backend has any more: those of Nodes that are gone for everybody. */
  readonly goneServers: ReadonlySet<string>;
  /** True if no Service that stands is served any more, and nobody else answers for one of them. */
  readonly isEverything: boolean;
  /** True if no server that stands is left in any backend. */
  readonly isEveryServer: boolean;
}

/**
 * Compares what clients can reach. A port of another name, another mode of a bind, and another Service that answers for a
 * host are no losses; an address whose requests every address takes isn't lost either. What is fresh, by `inventoryIds`, isn't
 * counted and may go.
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
    const now = reachedOn(candidate, bind);
    if (now === undefined) binds.add(key);
    hosts.push(...lostHosts(key, { bind, now, modes, standing, candidate }));
  }
  const hostsOf = countHosts(lasting);
  const stood = sumOf(hostsOf.values());
  const servers = lostServers(standing, candidate, fresh);
  const losesServers = servers.some(({ names }) => names.length > 0);
  const nodes = losesServers ? serverNamesIn(standing, fresh) : [];
  const lost = hosts.filter(({ taken }) => !taken).length;
  return {
    hosts,
    binds,
    servers: servers.filter(({ names }) => names.length > 0),
    stood: {
      binds: lasting.binds.size,
      hosts: stood,
      servers: nodes.length,
      hostsOf,
      ownerOf: bindOwners(lasting),
    },
    goneServers: new Set(losesServers ? missingIn(nodes, serverNamesIn(candidate)) : []),
    isEverything: lost > 0 && lost === stood && !standsAny(lasting, candidate),
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
  /** Who answers at the bind's address in the candidate. */
  readonly now: InventoryBind | undefined;
  /** The mode in which each source is served, by `sourceKey`. */
  readonly modes: ReadonlyMap<string, InventoryBind['mode']>;
  readonly standing: Inventory;
  readonly candidate: Inventory;
}

function lostHosts(key: string, comparison: Comparison): LostHost[] {
  const { bind, now, modes } = comparison;
  const lost: LostHost[] = [];
  for (const [host, source] of bind.hosts) {
    const owner = now?.hosts.get(host);
    if (owner !== undefined && serviceKey(owner) === serviceKey(source)) continue;
    // The port goes on in another mode, and it has one backend only.
    if ((modes.get(sourceKey(source)) ?? bind.mode) !== bind.mode) continue;
    if (now !== undefined && owner === undefined && isRebuilt(bind, now, source)) continue;
    lost.push({
      id: `${key} ${host} ${sourceKey(source)}`,
      bind: key,
      host,
      source,
      taken: isAnswered(comparison, owner, source),
    });
  }
  return lost;
}

/** Each name once. */
function serverNamesIn({ backends }: Inventory, without: ReadonlySet<string> = new Set()): readonly string[] {
  const names = new Set<string>();
  for (const { servers } of backends.values())
    for (const name of servers) if (!without.has(name)) names.add(name);
  return [...names];
}

/** True if somebody else answers. Whoever has no server answers nobody, unless nobody answered before either. */
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

/** The bind that takes requests to this address and port: its own, or that on every address. */
function reachedOn({ binds }: Inventory, { address, port }: InventoryBind): InventoryBind | undefined {
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

function standsAny(standing: Inventory, candidate: Inventory): boolean {
  const services = servicesOf(candidate);
  return [...servicesOf(standing)].some((service) => services.has(service));
}

/** Of each backend that the candidate still has, or has under the name of another port of the Service. */
function lostServers(standing: Inventory, candidate: Inventory, fresh: ReadonlySet<string>): LostServers[] {
  const compared = new Map<string, LostServers>();
  for (const bind of standing.binds.values()) {
    const now = reachedOn(candidate, bind);
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
  const all = standing.backends.get(backendName(source))?.servers ?? [];
  const stood = fresh.size === 0 ? all : all.filter((name) => !fresh.has(name));
  const names = missingIn(stood, candidate.backends.get(backendName(successor))?.servers ?? []);
  return { source, successor, names, kept: stood.length - names.length };
}

function successorOf(
  { backends }: Inventory,
  source: SourceRef,
  owner: SourceRef | undefined,
): SourceRef | undefined {
  if (backends.has(backendName(source))) return source;
  return owner !== undefined && serviceKey(owner) === serviceKey(source) ? owner : undefined;
}

function missingIn(before: readonly string[], now: readonly string[]): readonly string[] {
  if (before.length === now.length && before.every((name, index) => name === now[index])) return [];
  const left = new Set(now);
  return before.filter((name) => !left.has(name));
}
