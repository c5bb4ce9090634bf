import type { SourceRef } from '@kubefigurator/config-model';
import { serviceKey, sourceKey } from '@kubefigurator/config-model';
import type { FreshPort } from './fresh-ports.ts';

/** What is new or changed of one Service: it is tried as a whole. */
export interface Suspect {
  readonly ports: readonly SourceRef[];
  /** True if nothing of these ports runs yet. */
  readonly isNew: boolean;
}

interface Group {
  readonly suspects: readonly Suspect[];
  /** True for the second half of a group that was refused: if HAProxy accepts the first half, this one is at fault. */
  readonly isFaultyAfter: boolean;
}

/**
 * A search for the Services whose part HAProxy refuses without naming anybody: a half of what is new is tried, then a half
 * of that half, and so on; what is accepted stays in.
 */
export interface Halving {
  /** HAProxy has accepted these together with everything that isn't fresh; each further candidate has them. */
  readonly accepted: readonly Suspect[];
  /** The first group is tried next, with what was accepted; an empty group tries only what was accepted. */
  readonly groups: readonly Group[];
  /** The search has shown that the text isn't accepted with them. */
  readonly guilty: readonly Suspect[];
  /** True once HAProxy has accepted a candidate of this search. */
  readonly isAnyAccepted: boolean;
  /** How many checks the search has taken. */
  readonly checks: number;
}

/** The search ends after so many checks; `unresolvedSuspects` then gives those that weren't judged. */
export const MOST_HALVINGS = 24;

/** Undefined if nothing is fresh: the cause is then in what runs, or in the host. */
export function beginHalving(fresh: readonly FreshPort[]): Halving | undefined {
  if (fresh.length === 0) return undefined;
  const nothing = { accepted: [], groups: [], guilty: [], isAnyAccepted: false, checks: 0 };
  return withFaulty(nothing, suspectServicesOf(fresh), []);
}

/**
 * A search that begins with what runs and its changes, without anything new: for a text with which HAProxy's check doesn't
 * end in time, so that the changes of those who are served don't wait for the search among the others.
 */
export function beginHalvingWithoutNew(fresh: readonly FreshPort[]): Halving | undefined {
  const changed = suspectServicesOf(fresh.filter(({ isNew }) => !isNew));
  const added = suspectServicesOf(fresh.filter(({ isNew }) => isNew));
  const begun = beginHalving(fresh);
  if (begun === undefined || added.length === 0) return begun;
  const groups = [
    { suspects: changed, isFaultyAfter: false },
    { suspects: added, isFaultyAfter: true },
  ];
  return { ...begun, groups, guilty: [] };
}

/** The Services of these ports, those of one namespace beside each other. */
export function suspectServicesOf(fresh: readonly FreshPort[]): Suspect[] {
  const services = new Map<string, FreshPort[]>();
  // Neighbours mostly are in the same half of a search.
  const sorted = [...fresh].sort((a, b) => (sourceKey(a) < sourceKey(b) ? -1 : 1));
  for (const port of sorted) {
    const same = services.get(serviceKey(port));
    if (same === undefined) services.set(serviceKey(port), [port]);
    else same.push(port);
  }
  return [...services.values()].map((ports) => ({
    ports: ports.map(({ namespace, service, port }) => ({ namespace, service, port })),
    isNew: ports.every(({ isNew }) => isNew),
  }));
}

/** The ports that are left out of the next candidate. */
export function portsLeftOutBy({ groups, guilty }: Halving): readonly SourceRef[] {
  const [, ...later] = groups;
  return [...guilty, ...later.flatMap(({ suspects }) => suspects)].flatMap(({ ports }) => ports);
}

/** True if no further check is needed, or none is allowed: what is accepted is the result. */
export function isHalvingOver({ groups, checks }: Halving): boolean {
  return groups.length === 0 || checks >= MOST_HALVINGS;
}

/** The suspects that the search hasn't judged yet. */
export function unresolvedSuspects({ groups }: Halving): readonly Suspect[] {
  return groups.flatMap(({ suspects }) => suspects);
}

/** After HAProxy accepted the candidate. */
export function halvingAfterSuccess(halving: Halving): Halving {
  const [group, ...rest] = halving.groups;
  const accepted = [...halving.accepted, ...(group?.suspects ?? [])];
  const next = { ...halving, accepted, isAnyAccepted: true, checks: halving.checks + 1 };
  const [other, ...later] = rest;
  if (other?.isFaultyAfter !== true) return withGroups(next, rest);
  return withFaulty(next, other.suspects, later);
}

/** After HAProxy refused the candidate and named nobody; undefined if it refuses what has nothing fresh in it. */
export function halvingAfterRefusal(halving: Halving): Halving | undefined {
  const [group, ...rest] = halving.groups;
  if (group === undefined || group.suspects.length === 0) return undefined;
  const [other, ...later] = rest;
  // The fault may be in the refused group alone, so nothing is known of the other one.
  const unknown = other === undefined ? [] : [{ ...other, isFaultyAfter: false }];
  return withFaulty({ ...halving, checks: halving.checks + 1 }, group.suspects, [...unknown, ...later]);
}

/** After HAProxy refused the candidate and named ports, which are left out of the search; this counts as a check. */
export function halvingWithoutPorts(halving: Halving, sources: readonly SourceRef[]): Halving {
  const keys = new Set(sources.map(sourceKey));
  const without = (suspects: readonly Suspect[]): Suspect[] =>
    suspects.flatMap((suspect) => {
      const ports = suspect.ports.filter((port) => !keys.has(sourceKey(port)));
      return ports.length === 0 ? [] : [{ ...suspect, ports }];
    });
  // The named ports may be the whole fault of a group, so no group is known to be faulty. A group that was empty before
  // tries what isn't fresh, and stays.
  const groups = halving.groups.flatMap(({ suspects }) => {
    const left = without(suspects);
    return left.length === 0 && suspects.length > 0 ? [] : [{ suspects: left, isFaultyAfter: false }];
  });
  return { ...halving, accepted: without(halving.accepted), groups, checks: halving.checks + 1 };
}

/** One of these suspects is at fault, or several are: a single one is guilty, several are tried by halves. */
function withFaulty(halving: Halving, suspects: readonly Suspect[], later: readonly Group[]): Halving {
  if (suspects.length > 1) return withGroups(halving, [...split(suspects), ...later]);
  // Nothing is known of the other groups. They are tried together, since in most cases one Service alone is at fault.
  const rest = later.flatMap((group) => group.suspects);
  const groups = rest.length === 0 ? [] : [{ suspects: rest, isFaultyAfter: false }];
  return withGroups({ ...halving, guilty: [...halving.guilty, ...suspects] }, groups);
}

/** Before a second suspect is found guilty, what isn't fresh is tried alone: HAProxy may refuse even that. */
function withGroups(halving: Halving, groups: readonly Group[]): Halving {
  const isBaseUnknown = !halving.isAnyAccepted && halving.guilty.length > 0;
  const base: Group = { suspects: [], isFaultyAfter: false };
  return { ...halving, groups: isBaseUnknown ? [base, ...groups] : groups };
}

function split(suspects: readonly Suspect[]): Group[] {
  const middle = Math.ceil(suspects.length / 2);
  const [first, second] = [suspects.slice(0, middle), suspects.slice(middle)];
  const groups = [{ suspects: first, isFaultyAfter: false }];
  return second.length === 0 ? groups : [...groups, { suspects: second, isFaultyAfter: true }];
}
