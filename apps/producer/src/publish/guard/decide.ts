import { serviceKey, sourceKey } from '@kubefigurator/config-model';
import { heldHosts } from './held-hosts.ts';
import type { Losses, LostHost, LostServers } from './losses.ts';
import { recentPeakOf, NO_PEAKS, type Peaks } from './peaks.ts';
import { isWholeListSuspect, isTooMuch } from './suspects.ts';
import type { PeaksByOwner } from './tallies.ts';

/** How much a publication may remove without an operator's approval. */
export interface GuardSettings {
  /** False: nothing is held. */
  readonly guards: boolean;
  /** The share that may go, from 0 to 1. */
  readonly share: number;
  /** Of fewer binds, hosts or servers than this, any part may go, but not all. */
  readonly minimum: number;
  /** How long servers are held before a list of the cluster may confirm that they are gone, in milliseconds. */
  readonly confirmAfterMs: number;
}

/** What a guard remembers from one text to the next. Times are in milliseconds, of one clock. */
export interface GuardMemory {
  readonly hosts: PeaksByOwner;
  readonly binds: PeaksByOwner;
  /** By the `sourceKey` of the backend. */
  readonly servers: ReadonlyMap<string, Peaks>;
  /**
   * The Services of which a producer that ran before held hosts, as `<namespace>/<name>`: their hosts are held until
   * they are asked for again.
   */
  readonly heldServices: ReadonlySet<string>;
  /**
   * The hosts that are held, by `id`, and their binds: if another Service asks for them meanwhile, they still count
   * as lost.
   */
  readonly heldHosts: ReadonlySet<string>;
  readonly heldBinds: ReadonlySet<string>;
  /**
   * What was first published while the whole list was in doubt, as `inventoryIds` names it. It may stem from a wrong
   * source: it may go again without being held, and isn't counted, so that it makes no loss look smaller.
   */
  readonly fresh: ReadonlySet<string>;
  /**
   * What was first published while any host was held, including what is `fresh`: it makes the loss that is held no
   * smaller.
   */
  readonly came: ReadonlySet<string>;
  /** Since when a server is held, by its name alone: it is the Node's, which is lost in every backend at once. */
  readonly heldServers: ReadonlyMap<string, number>;
}

export const NO_MEMORY: GuardMemory = {
  hosts: new Map(),
  binds: new Map(),
  servers: new Map(),
  heldServices: new Set(),
  heldServers: new Map(),
  fresh: new Set(),
  came: new Set(),
  heldHosts: new Set(),
  heldBinds: new Set(),
};

/** Whether somebody has agreed to what one Service loses. */
export type IsApproved = (loss: ServiceLoss) => boolean;

/** What one Service would lose, of all that a guard objects to. */
export interface ServiceLoss {
  /** `<namespace>/<name>`. */
  readonly service: string;
  readonly hosts: readonly LostHost[];
  readonly servers: readonly LostServers[];
}

export interface GuardInput {
  readonly losses: Losses;
  /** The losses compared without what `came` names; the same object as `losses` if that makes no difference. */
  readonly lasting: Losses;
  readonly memory: GuardMemory;
  readonly settings: GuardSettings;
  readonly isApproved: IsApproved;
  readonly now: number;
  /**
   * When the cluster was listed, by the clock of `now`: the candidate is at least as new as that list. Undefined if it
   * isn't known.
   */
  readonly listedAt: number | undefined;
}

/** Which of the losses are held: those hosts and servers stay published. */
export interface Verdict {
  readonly held: readonly ServiceLoss[];
  /** What somebody has agreed to. */
  readonly approved: readonly ServiceLoss[];
  /** How much would go, of the binds, hosts and servers that the guard counted; empty if nothing is held. */
  readonly shares: readonly HeldShare[];
  /** True if without the guard no Service, or no server, of the standing text would be left. */
  readonly isEverything: boolean;
  /**
   * True if the whole list may be of a wrong source: hosts of several namespaces, or of the only one, or too many
   * Nodes are held.
   */
  readonly isInDoubt: boolean;
  /** Since when the servers are held, by name. */
  readonly heldServers: ReadonlyMap<string, number>;
  /**
   * A list that begins at this time or later may confirm that the servers held longest are gone; undefined if no list
   * can.
   */
  readonly confirmsAt: number | undefined;
}

/**
 * `lost` of `most` would go; `most` is the largest number within the last ten minutes, of a backend or summed over
 * the namespaces.
 */
export interface HeldShare {
  readonly what: 'binds' | 'hosts' | 'servers';
  readonly lost: number;
  readonly most: number;
  /** The namespace that isn't counted, since with it the loss would look small; absent if all are counted. */
  readonly without?: string;
}

export const NOTHING_HELD: Verdict = {
  held: [],
  approved: [],
  shares: [],
  isEverything: false,
  isInDoubt: false,
  heldServers: new Map(),
  confirmsAt: undefined,
};

/**
 * Decides which losses are held. An approval ends that; for servers, a later list of the cluster does it, too.
 * Hosts are held if everything would go, or more than the share of all binds or hosts, counted with or without the
 * namespace that makes the loss look smallest. If nearly all of the loss is one namespace's, only its hosts are held.
 * Servers are judged in each backend by itself. If no server at all would be left, a list is not enough.
 * While too many Nodes are held, all hosts are, too: a list that lacks Nodes is no reason to give a host to another
 * Service.
 */
export function decideHeldLosses(input: GuardInput): Verdict {
  const { losses, settings, isApproved } = input;
  if (!settings.guards) return NOTHING_HELD;
  const servers = heldServers(input);
  const isListShort = lacksNodes(input, servers);
  const hosts = heldHosts(input, isListShort);
  const all = byService(hosts.held, servers.held);
  const held = all.filter((loss) => !isApproved(loss));
  const unapproved = new Set(held.flatMap((loss) => loss.servers.flatMap(({ names }) => names)));
  const since = new Map([...servers.since].filter(([name]) => unapproved.has(name)));
  return {
    held,
    approved: all.filter((loss) => !held.includes(loss)),
    shares: held.length === 0 ? [] : [...hosts.shares, ...servers.shares],
    isEverything: held.length > 0 && (losses.isEverything || (losses.isEveryServer && unapproved.size > 0)),
    isInDoubt: held.length > 0 && (isListShort || isWholeListSuspect(hosts.held, losses.stood)),
    heldServers: since,
    confirmsAt:
      since.size === 0 || losses.isEveryServer
        ? undefined
        : Math.min(...since.values()) + settings.confirmAfterMs,
  };
}

/**
 * True while so many Nodes are held that the list itself is in doubt. Only names that no backend has any more are counted:
 * otherwise one namespace could stop the removals of all others by taking servers from its own backends.
 */
function lacksNodes({ losses, settings }: GuardInput, { since }: HeldServers): boolean {
  if (losses.isEveryServer && since.size > 0) return true;
  const lost = [...losses.goneServers].filter((name) => since.has(name)).length;
  return isTooMuch({ lost, most: losses.stood.servers }, settings);
}

interface HeldServers {
  readonly held: readonly LostServers[];
  /** Since when each is held, by name. */
  readonly since: ReadonlyMap<string, number>;
  /** Of the backend that loses the largest share; none if nothing is held. */
  readonly shares: readonly HeldShare[];
}

function heldServers(input: GuardInput): HeldServers {
  const { losses, memory, settings, now, listedAt } = input;
  const since = new Map<string, number>();
  const isConfirmed = (name: string): boolean => {
    const heldSince = memory.heldServers.get(name);
    if (losses.isEveryServer || heldSince === undefined) return false;
    return (listedAt ?? 0) >= heldSince + settings.confirmAfterMs;
  };
  const shares: HeldShare[] = [];
  const held = losses.servers.flatMap((lost): LostServers[] => {
    const { source, names, kept } = lost;
    const peaks = memory.servers.get(sourceKey(source)) ?? NO_PEAKS;
    const share = shareOf('servers', { lost: names.length, stood: kept + names.length, peaks, now });
    const isSudden = kept === 0 || isTooMuch(share, settings);
    const heldNames = names.filter(
      (name) => (isSudden || memory.heldServers.has(name)) && !isConfirmed(name),
    );
    for (const name of heldNames) since.set(name, memory.heldServers.get(name) ?? now);
    if (heldNames.length === 0) return [];
    shares.push(share);
    return [{ ...lost, names: heldNames }];
  });
  return { held, since, shares: largestOf(shares) };
}

/** The share that is the largest part of its whole, the first of equal ones; none of none. */
function largestOf(shares: readonly HeldShare[]): readonly HeldShare[] {
  let largest: HeldShare | undefined;
  for (const share of shares)
    if (largest === undefined || share.lost / share.most > largest.lost / largest.most) largest = share;
  return largest === undefined ? [] : [largest];
}

interface Counted {
  /** What this candidate takes away, without earlier losses. */
  readonly lost: number;
  /** In the standing text. */
  readonly stood: number;
  readonly peaks: Peaks;
  readonly now: number;
}

function shareOf(what: HeldShare['what'], { lost, stood, peaks, now }: Counted): HeldShare {
  const most = recentPeakOf(peaks, stood, now);
  // Losses of the last ten minutes count together with one now, and not without it.
  const kept = stood - lost;
  return { what, lost: lost === 0 ? 0 : most - kept, most };
}

/** What each Service loses, sorted by its name. */
function byService(hosts: readonly LostHost[], servers: readonly LostServers[]): ServiceLoss[] {
  const services = new Map<string, { hosts: LostHost[]; servers: LostServers[] }>();
  const entryOf = (service: string): { hosts: LostHost[]; servers: LostServers[] } => {
    const known = services.get(service) ?? { hosts: [], servers: [] };
    services.set(service, known);
    return known;
  };
  for (const host of hosts) entryOf(serviceKey(host.source)).hosts.push(host);
  for (const lost of servers) entryOf(serviceKey(lost.source)).servers.push(lost);
  return [...services]
    .map(([service, loss]) => ({ service, ...loss }))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}
