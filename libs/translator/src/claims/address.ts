import { formatAddressPort } from '@kubefigurator/config-model';
import { diagnoseDisplaced } from './conflicts.ts';
import type { Claimant, Contest, Decided, Memory } from './contest.ts';
import { decideClaims, isReturningClaim } from './contest.ts';
import type { Memories, Present } from './memory.ts';
import { memoriesOf } from './memory.ts';
import type { NameOwners } from './name-owners.ts';
import type { Outcome } from './reservations.ts';

/** One address and port, and the claims of the sources that name it; none if only the standing text has the bind. */
export interface AskedBind {
  readonly address: string;
  readonly port: number;
  readonly claimants: readonly Claimant[];
}

/** What decides a bind besides the claims on it. */
export interface Circumstances {
  readonly memories: Memories;
  readonly present: Present;
  readonly owners: NameOwners;
  /** The outcome of the bind on every address of the family, on the same port; undefined if there is no such bind. */
  readonly wide: Outcome | undefined;
}

/**
 * Decides the bind on a single address. Whoever holds the bind on every address claims this one too, unless
 * `specificAddressWins` is set or no source names the address. If the standing text has no frontend for the address,
 * the bind on every address has served it until now, and what its sources had counts here.
 */
export function decideBindOnAddress(
  bind: AskedBind,
  { memories, present, owners, wide }: Circumstances,
): Outcome {
  const { address, port, claimants } = bind;
  const { standing, specificAddressWins } = memories;
  const stood = standing.get(formatAddressPort(address, port));
  const ofAddress = memoriesOf(stood, address, present);
  const contest: Contest = { address, port, claimants, memories: ofAddress, owners };
  if (wide === undefined || specificAddressWins || claimants.length === 0)
    return toOutcome(decideClaims(contest));
  const own = new Set(claimants.map(({ key }) => key));
  const wideClaimants = wide.holders.flatMap((holder) =>
    own.has(holder.key) ? [] : [{ ...holder, through: wide.address }],
  );
  const all = [...claimants, ...wideClaimants];
  if (stood?.served === true) return toOutcome(decideClaims({ ...contest, claimants: all }));
  const standingWide = standing.get(formatAddressPort(wide.address, port));
  const ofWide = memoriesThroughWide(memoriesOf(standingWide, address, present), wide);
  const memoriesOfBoth = new Map([...ofAddress, ...withoutRivals(ofWide, ofAddress)]);
  const outcome = toOutcome(decideClaims({ ...contest, claimants: all, memories: memoriesOfBoth }));
  const victim = victimOf(outcome, ofWide, memoriesOfBoth);
  return victim === undefined
    ? outcome
    : withoutFrontend({ ...contest, claimants: wideClaimants, memories: memoriesOfBoth }, outcome, victim);
}

function toOutcome(decided: Decided): Outcome {
  return { ...decided, isServed: decided.holders.some(({ through }) => through === undefined) };
}

/**
 * A source that is served on the address as part of every address, and loses it by this outcome: a new claim gives the
 * address a frontend, and what is reserved there conflicts with the claim of the source. Undefined if there is none, or
 * if a source that names the address has it back unchanged: then the frontend is for that source.
 */
function victimOf(
  { isServed, holders, losers }: Outcome,
  ofWide: ReadonlyMap<string, Memory>,
  memories: ReadonlyMap<string, Memory>,
): Claimant | undefined {
  if (!isServed) return undefined;
  if (holders.some((holder) => holder.through === undefined && isReturningClaim(holder, memories)))
    return undefined;
  return losers.find(
    ({ claimant: { through, key } }) => through !== undefined && ofWide.get(key)?.state === 'served',
  )?.claimant;
}

/** The outcome without a frontend for the address: it stays a part of every address, and those who name it lose. */
function withoutFrontend(contest: Contest, { holders, losers }: Outcome, victim: Claimant): Outcome {
  const isOwn = ({ through }: Claimant): boolean => through === undefined;
  const complaint = diagnoseDisplaced(contest, victim);
  const newcomers = new Set(holders.filter(isOwn).map(({ key }) => key));
  const decided = decideClaims(contest);
  return {
    ...decided,
    // What a newcomer had as part of every address isn't kept here: in the next pass it would give it the address.
    kept: new Map([...decided.kept].filter(([key, memory]) => !memory.viaWildcard || !newcomers.has(key))),
    losers: [
      ...losers.filter(({ claimant }) => isOwn(claimant)),
      ...holders.filter(isOwn).map((claimant) => ({ claimant, complaint })),
    ],
    isServed: false,
  };
}

/**
 * What sources had on this address as part of every address; `memories` are those of the bind on every address. A source
 * that holds that bind, but asks for another mode than before, gives up the address. Of a source that has lost the bind,
 * what is kept for it counts.
 */
function memoriesThroughWide(
  memories: ReadonlyMap<string, Memory>,
  { holders, kept }: Outcome,
): Map<string, Memory> {
  const holding = new Set(holders.map(({ key }) => key));
  const entries = [...memories].flatMap(([key, memory]): [string, Memory][] => {
    if (holding.has(key)) return memory.asksForOther ? [] : [[key, memory]];
    return [[key, { ...(kept.get(key) ?? memory), viaWildcard: true }]];
  });
  return new Map(entries);
}

/** `ofWide` without what conflicts with a memory of the address itself: another mode or TLS, or a host name. */
function withoutRivals(
  ofWide: ReadonlyMap<string, Memory>,
  ofAddress: ReadonlyMap<string, Memory>,
): [string, Memory][] {
  const setsMode = [...ofAddress.values()].find(({ asksForOther }) => !asksForOther);
  const http = [...ofAddress.values()].filter(({ mode }) => mode === 'http');
  const taken = new Set(http.flatMap(({ hosts }) => [...hosts]));
  return [...ofWide].flatMap(([key, memory]): [string, Memory][] => {
    if (ofAddress.has(key)) return [];
    if (setsMode !== undefined && !canShareBind(memory, setsMode)) return [];
    return [[key, { ...memory, hosts: new Set([...memory.hosts].filter((host) => !taken.has(host))) }]];
  });
}

function canShareBind(memory: Memory, other: Memory): boolean {
  return memory.mode === 'http' && other.mode === 'http' && memory.tls === other.tls;
}
