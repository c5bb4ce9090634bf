import { serviceKey, sourceKey } from '@kubefigurator/config-model';
import { heldHosts } from './held-hosts.ts';
import type { Losses, LostHost, LostServers } from './losses.ts';
import { recentPeakOf, NO_PEAKS, type Peaks } from './peaks.ts';
import { isWholeListSuspect, isTooMuch } from './suspects.ts';
import type { PeaksByOwner } from './tallies.ts';

/** What a publication may remove without being asked. */
export interface GuardSettings {
  /** False: nothing is held. */
  readonly guards: boolean;
  /** The share that may go, from 0 to 1. */
  readonly share: number;
  /** Of fewer than this many, any part may go, but not everything. */
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
  /** The Services of which a producer that ran before held hosts, as `<namespace>/<name>`: they are held until they are back. */
  readonly heldServices: ReadonlySet<string>;
  /** The hosts that are held, by `id`, and the binds: whoever asks for them meanwhile doesn't make the loss look smaller. */
  readonly heldHosts: ReadonlySet<string>;
  readonly heldBinds: ReadonlySet<string>;
  /**
   * What was published first while the whole list was in doubt, as `inventoryIds` names it: it may stem from a wrong source, so that
   * it goes again without a word, and makes no loss look smaller.
   */
  readonly fresh: ReadonlySet<string>;
  /** What was published first while any host was held, also what is fresh: what is held already doesn't look smaller by it. */
  readonly came: ReadonlySet<string>;
  /** Since when a server is held, by its name: a node is lost in every backend at once. */
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

/** What is held of one Service. */
export interface ServiceLoss {
  /** `<namespace>/<name>`. */
  readonly service: string;
  readonly hosts: readonly LostHost[];
  readonly servers: readonly LostServers[];
}

export interface GuardInput {
  readonly losses: Losses;
  /** The losses without what came while something was held; the same if nothing did. */
  readonly lasting: Losses;
  readonly memory: GuardMemory;
  readonly settings: GuardSettings;
  readonly isApproved: IsApproved;
  readonly now: number;
  /** When the newest complete list of the cluster began that the candidate was made from; undefined if that isn't known. */
  readonly listedAt: number | undefined;
}

/** What of the losses isn't published. */
export interface Verdict {
  readonly held: readonly ServiceLoss[];
  /** What somebody has agreed to. */
  readonly approved: readonly ServiceLoss[];
  /** How much of what the guard looked at would go. */
  readonly shares: readonly HeldShare[];
  readonly isEverything: boolean;
  /** True if more than one namespace or backend is concerned, so that the whole list may be of a wrong source. */
  readonly isInDoubt: boolean;
  /** Since when the servers are held, by name. */
  readonly heldServers: ReadonlyMap<string, number>;
  /** When a list may confirm the next servers; undefined if none are waited for. */
  readonly confirmsAt: number | undefined;
}

/** `lost` of `most` would go; most is how much each namespace or backend had within the last ten minutes. */
export interface HeldShare {
  readonly what: 'binds' | 'hosts' | 'servers';
  readonly lost: number;
  readonly most: number;
  /** The namespace that isn't counted, since it would make the loss look small. */
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
 * Decides what of the losses is held. Hosts and binds are held while more than the share of them would go, of all or of all
 * but one namespace, or everything, and nobody agrees; only those of one namespace if it loses nearly all of that. Servers are held in each backend for itself, and besides until a list of the
 * cluster confirms that they are gone; not if no server at all would be left of those that stand. While so many Nodes are
 * held, all hosts are, too: a list that lacks them is no reason to give a host to another Service.
 */
export function decideHeldLosses(input: GuardInput): Verdict {
  const { losses, settings, isApproved } = input;
  if (!settings.guards) return NOTHING_HELD;
  const servers = heldServers(input);
  const isListShort = lacksNodes(input, servers);
  const hosts = heldHosts(input, isListShort);
  const all = byService(hosts.held, servers.held);
  const held = all.filter((loss) => !isApproved(loss));
  const left = new Set(held.flatMap((loss) => loss.servers.flatMap(({ names }) => names)));
  const since = new Map([...servers.since].filter(([name]) => left.has(name)));
  return {
    held,
    approved: all.filter((loss) => !held.includes(loss)),
    shares: held.length === 0 ? [] : [...hosts.shares, ...servers.shares],
    isEverything: held.length > 0 && (losses.isEverything || (losses.isEveryServer && left.size > 0)),
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
 * a namespace whose own backends lose servers has no say in what others may remove.
 */
function lacksNodes({ losses, settings }: GuardInput, { since }: HeldServers): boolean {
  if (losses.isEveryServer && since.size > 0) return true;
  const lost = [...losses.goneServers].filter((name) => since.has(name)).length;
  return isTooMuch({ lost, most: losses.stood.servers }, settings);
}

interface HeldServers {
  readonly held: readonly LostServers[];
  readonly since: ReadonlyMap<string, number>;
  readonly shares: readonly HeldShare[];
}

function heldServers(input: GuardInput): HeldServers {
  const { losses, memory, settings, now, listedAt } = input;
  const since = new Map<string, number>();
  const isConfirmed = (name: string): boolean => {
    const at = memory.heldServers.get(name);
    return !losses.isEveryServer && at !== undefined && (listedAt ?? 0) >= at + settings.confirmAfterMs;
  };
  const shares: HeldShare[] = [];
  const held = losses.servers.flatMap((lost): LostServers[] => {
    const { source, names, kept } = lost;
    const peaks = memory.servers.get(sourceKey(source)) ?? NO_PEAKS;
    const share = shareOf('servers', { lost: names.length, stood: kept + names.length, peaks, now });
    const isSudden = kept === 0 || isTooMuch(share, settings);
    const left = names.filter((name) => (isSudden || memory.heldServers.has(name)) && !isConfirmed(name));
    for (const name of left) since.set(name, memory.heldServers.get(name) ?? now);
    if (left.length > 0) shares.push(share);
    return left.length === 0 ? [] : [{ ...lost, names: left }];
  });
  const worst = shares.reduce<HeldShare | undefined>(
    (most, share) => (most === undefined || share.lost / share.most > most.lost / most.most ? share : most),
    undefined,
  );
  return { held, since, shares: worst === undefined ? [] : [worst] };
}

interface Counted {
  readonly lost: number;
  readonly stood: number;
  readonly peaks: Peaks;
  readonly now: number;
}

function shareOf(what: HeldShare['what'], { lost, stood, peaks, now }: Counted): HeldShare {
  const most = recentPeakOf(peaks, stood, now);
  // Without a loss now, those before it don't count.
  return { what, lost: lost === 0 ? 0 : most - (stood - lost), most };
}

/** What each Service loses, in the order of the names. */
function byService(hosts: readonly LostHost[], servers: readonly LostServers[]): ServiceLoss[] {
  const services = new Map<string, { hosts: LostHost[]; servers: LostServers[] }>();
  const of = (service: string): { hosts: LostHost[]; servers: LostServers[] } => {
    const known = services.get(service) ?? { hosts: [], servers: [] };
    services.set(service, known);
    return known;
  };
  for (const host of hosts) of(serviceKey(host.source)).hosts.push(host);
  for (const lost of servers) of(serviceKey(lost.source)).servers.push(lost);
  return [...services]
    .map(([service, loss]) => ({ service, ...loss }))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}
