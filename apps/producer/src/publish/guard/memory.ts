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

/** The losses of a candidate, as `GuardInput` takes them. */
export function compareWith(
  { fresh, came }: GuardMemory,
  before: Inventory,
  candidate: Inventory,
): { readonly losses: Losses; readonly lasting: Losses } {
  const losses = compareInventories(before, candidate, fresh);
  // `came` includes all of `fresh`, so that sets of one size are equal.
  return { losses, lasting: came.size === fresh.size ? losses : compareInventories(before, candidate, came) };
}

/** The judgement of a text that is published. */
export interface Published {
  readonly verdict: Verdict;
  readonly losses: Losses | undefined;
  readonly before: Inventory | undefined;
}

/** The memory once a text (`after`) is published: what the verdict holds, and how much there was before. */
export function rememberPublished(
  memory: GuardMemory,
  { verdict, losses, before }: Published,
  after: Inventory,
  now: number,
): GuardMemory {
  const lostOf = (list: Verdict['held']): LostHost[] =>
    list.flatMap(({ hosts }) => hosts.filter((host) => isLost(host, memory)));
  const [approvedHosts, heldHosts] = [lostOf(verdict.approved), lostOf(verdict.held)];
  const gone = losses === undefined ? new Set<string>() : lostBinds(losses, memory);
  const bindsOf = (list: readonly LostHost[]): Set<string> =>
    new Set(list.map(({ bind }) => bind).filter((bind) => gone.has(bind)));
  const servicesWithHeldHosts = new Set(
    verdict.held.flatMap(({ service, hosts: ofService }) => (ofService.length === 0 ? [] : [service])),
  );
  const fresh = verdict.isInDoubt ? freshIn(after, before, memory.fresh) : new Set<string>();
  const came =
    verdict.isInDoubt || heldHosts.length > 0 ? freshIn(after, before, memory.came) : new Set<string>();
  const [was, is] = [inventoryWithoutHosts(before ?? after, memory.came), inventoryWithoutHosts(after, came)];
  const hosts = {
    before: countHosts(was),
    after: countHosts(is),
    agreed: [countEach(approvedHosts.map(({ source }) => source.namespace)), countMovedHosts(was, is)],
  };
  const [ownersBefore, ownersAfter] = [bindOwners(was), bindOwners(is)];
  const binds = {
    before: countEach(ownersBefore.values()),
    after: countEach(ownersAfter.values()),
    agreed: [
      countEach([...bindsOf(approvedHosts)].map((bind) => ownersBefore.get(bind) ?? SHARED)),
      countMovedBinds(ownersBefore, ownersAfter),
    ],
  };
  return {
    hosts: recordChanges(memory.hosts, hosts, now),
    binds: recordChanges(memory.binds, binds, now),
    servers: serverPeaks(memory, { verdict, losses }, now),
    heldServices: new Set([...memory.heldServices].filter((service) => servicesWithHeldHosts.has(service))),
    heldServers: verdict.heldServers,
    heldHosts: new Set(heldHosts.map(({ id }) => id)),
    heldBinds: bindsOf(heldHosts),
    fresh,
    came,
  };
}

/** The ids of what is new in this text, or was `known` as new already and is still in it. */
function freshIn(
  after: Inventory,
  before: Inventory | undefined,
  known: ReadonlySet<string>,
): ReadonlySet<string> {
  const stood = inventoryIds(before ?? after);
  return new Set([...inventoryIds(after)].filter((id) => known.has(id) || !stood.has(id)));
}

/**
 * The peaks of all backends once the text is published. Those of one backend start anew if an operator has approved
 * its loss, or if servers of it were held and a list of the cluster has confirmed that they are gone.
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
  const allPeaks = new Map(memory.servers);
  for (const { source, successor, names, kept } of losses?.servers ?? []) {
    const key = sourceKey(source);
    const gone = names.filter((name) => held.get(key)?.includes(name) !== true);
    const isAgreed = approved.has(key) || gone.some((name) => memory.heldServers.has(name));
    const before = kept + names.length;
    const change = { before, after: before - gone.length, agreed: 0 };
    const peaks = isAgreed ? NO_PEAKS : recordPeaks(allPeaks.get(key) ?? NO_PEAKS, change, now);
    allPeaks.delete(key);
    if (peaks.length > 0) allPeaks.set(sourceKey(successor), peaks);
  }
  return allPeaks;
}
