import { sourceKey } from '@kubefigurator/config-model';
import type { Inventory } from '@kubefigurator/translator';
import type { GuardMemory, Verdict } from './decide.ts';
import { isLost, lostBinds } from './held-hosts.ts';
import {
  inventoryIds,
  type Losses,
  compareInventories,
  type LostHost,
  inventoryWithoutHosts,
} from './losses.ts';
import { bindOwners, countEach, countHosts, countMovedBinds, countMovedHosts, SHARED } from './owners.ts';
import { NO_PEAKS, type Peaks, recordPeaks } from './peaks.ts';
import { recordChanges } from './tallies.ts';

/** The losses of a text, as `GuardInput` takes them. */
export function compareWith(
  { fresh, came }: GuardMemory,
  before: Inventory,
  candidate: Inventory,
): { readonly losses: Losses; readonly lasting: Losses } {
  const losses = compareInventories(before, candidate, fresh);
  // All that is fresh came as well.
  return { losses, lasting: came.size === fresh.size ? losses : compareInventories(before, candidate, came) };
}

/** The judgement of a text that is published. */
export interface Published {
  readonly verdict: Verdict;
  readonly losses: Losses | undefined;
  readonly before: Inventory | undefined;
}

/** The memory once a text is published: what is held of it, and how much there was before. */
export function rememberPublished(
  memory: GuardMemory,
  { verdict, losses, before }: Published,
  after: Inventory,
  now: number,
): GuardMemory {
  const lostOf = (list: Verdict['held']): LostHost[] =>
    list.flatMap(({ hosts }) => hosts.filter((host) => isLost(host, memory)));
  const [agreed, kept] = [lostOf(verdict.approved), lostOf(verdict.held)];
  const gone = losses === undefined ? new Set<string>() : lostBinds(losses, memory);
  const bindsOf = (list: readonly LostHost[]): Set<string> =>
    new Set(list.map(({ bind }) => bind).filter((bind) => gone.has(bind)));
  const held = new Set(
    verdict.held.flatMap(({ service, hosts: own }) => (own.length === 0 ? [] : [service])),
  );
  const fresh = verdict.isInDoubt ? freshIn(after, before, memory.fresh) : new Set<string>();
  const came = verdict.isInDoubt || kept.length > 0 ? freshIn(after, before, memory.came) : new Set<string>();
  const [was, is] = [inventoryWithoutHosts(before ?? after, memory.came), inventoryWithoutHosts(after, came)];
  const hosts = {
    before: countHosts(was),
    after: countHosts(is),
    agreed: [countEach(agreed.map(({ source }) => source.namespace)), countMovedHosts(was, is)],
  };
  const [owned, owns] = [bindOwners(was), bindOwners(is)];
  const binds = {
    before: countEach(owned.values()),
    after: countEach(owns.values()),
    agreed: [
      countEach([...bindsOf(agreed)].map((bind) => owned.get(bind) ?? SHARED)),
      countMovedBinds(owned, owns),
    ],
  };
  return {
    hosts: recordChanges(memory.hosts, hosts, now),
    binds: recordChanges(memory.binds, binds, now),
    servers: serverPeaks(memory, { verdict, losses }, now),
    heldServices: new Set([...memory.heldServices].filter((service) => held.has(service))),
    heldServers: verdict.heldServers,
    heldHosts: new Set(kept.map(({ id }) => id)),
    heldBinds: bindsOf(kept),
    fresh,
    came,
  };
}

/** What is new in this text, and what in it was fresh already. */
function freshIn(
  after: Inventory,
  before: Inventory | undefined,
  known: ReadonlySet<string>,
): ReadonlySet<string> {
  const stood = inventoryIds(before ?? after);
  return new Set([...inventoryIds(after)].filter((id) => known.has(id) || !stood.has(id)));
}

/**
 * The peaks of a backend start anew once an operator has approved its loss, or a list of the cluster has confirmed that
 * servers that were held are gone.
 */
function serverPeaks(
  memory: GuardMemory,
  { verdict, losses }: Pick<Published, 'verdict' | 'losses'>,
  now: number,
): ReadonlyMap<string, Peaks> {
  const held = new Map(
    verdict.held.flatMap(({ servers }) => servers.map(({ source, names }) => [sourceKey(source), names])),
  );
  const approved = new Set(
    verdict.approved.flatMap(({ servers }) => servers.map(({ source }) => sourceKey(source))),
  );
  const peaks = new Map(memory.servers);
  for (const { source, successor, names, kept } of losses?.servers ?? []) {
    const key = sourceKey(source);
    const gone = names.filter((name) => held.get(key)?.includes(name) !== true);
    const isAgreed = approved.has(key) || gone.some((name) => memory.heldServers.has(name));
    const before = kept + names.length;
    const change = { before, after: before - gone.length, agreed: 0 };
    const next = isAgreed ? NO_PEAKS : recordPeaks(peaks.get(key) ?? NO_PEAKS, change, now);
    peaks.delete(key);
    if (next.length > 0) peaks.set(sourceKey(successor), next);
  }
  return peaks;
}
