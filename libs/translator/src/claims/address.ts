import { formatAddressPort } from '@kubefigurator/config-model';
import { diagnoseDisplaced } from './conflicts.ts';
import type { Claimant, Contest, Decided, Memory } from './contest.ts';
import { decideClaims, isReturningClaim } from './contest.ts';
import type { Memories, Present } from './memory.ts';
import { memoriesOf } from './memory.ts';
import type { NameOwners } from './name-owners.ts';
import type { Outcome } from './reservations.ts';

/** Claims on one address and port by those who name it; none for a bind that only the standing text has. */
export interface AskedBind {
  readonly address: string;
  readonly port: number;
  readonly claimants: readonly Claimant[];
}

export interface Circumstances {
  readonly memories: Memories;
  readonly present: Present;
  readonly owners: NameOwners;
  /** The outcome of the bind on every address of the family, on the same port; undefined if there is no such bind. */
  readonly wide: Outcome | undefined;
}

/**
 * Decides the bind of a single address. A holder of every address claims it too, unless `specificAddressWins` or nobody
 * names the address; such a holder had the address until now, unless the standing text has a frontend for the address.
 */
export function decideBindOnAddress(
  bind: AskedBind,
  { memories, present, owners, wide }: Circumstances,
): Outcome {
  const { address, port, claimants } = bind;
  const { standing, specificAddressWins } = memories;
  const stood = standing.get(formatAddressPort(address, port));
  const here = memoriesOf(stood, address, present);
  const contest: Contest = { address, port, claimants, memories: here, owners };
  if (wide === undefined || specificAddressWins || claimants.length === 0)
    return toOutcome(decideClaims(contest));
  const own = new Set(claimants.map(({ key }) => key));
  const through = wide.holders.flatMap((holder) =>
    own.has(holder.key) ? [] : [{ ...holder, through: wide.address }],
  );
  const all = [...claimants, ...through];
  if (stood?.served === true) return toOutcome(decideClaims({ ...contest, claimants: all }));
  const wideBind = standing.get(formatAddressPort(wide.address, port));
  const had = throughWide(memoriesOf(wideBind, address, present), wide);
  const known = new Map([...here, ...withoutRivals(had, here)]);
  const outcome = toOutcome(decideClaims({ ...contest, claimants: all, memories: known }));
  const victim = victimOf(outcome, had, known);
  return victim === undefined
    ? outcome
    : withoutFrontend({ ...contest, claimants: through, memories: known }, outcome, victim);
}

function toOutcome(decided: Decided): Outcome {
  return { ...decided, isServed: decided.holders.some(({ through }) => through === undefined) };
}

/**
 * A source that is served on the address as part of every address, and would lose it if the address got a frontend for
 * a new claim, since what is reserved there conflicts with its own claim. Undefined if there is none, or if another
 * source that names the address has it back unchanged: that one gets its frontend.
 */
function victimOf(
  { isServed, holders, losers }: Outcome,
  had: ReadonlyMap<string, Memory>,
  known: ReadonlyMap<string, Memory>,
): Claimant | undefined {
  if (!isServed) return undefined;
  if (holders.some((holder) => holder.through === undefined && isReturningClaim(holder, known)))
    return undefined;
  return losers.find(
    ({ claimant: { through, key } }) => through !== undefined && had.get(key)?.state === 'served',
  )?.claimant;
}

/** The address gets no frontend and stays a part of every address; the sources that name it are left out. */
function withoutFrontend(contest: Contest, { holders, losers }: Outcome, victim: Claimant): Outcome {
  const isOwn = ({ through }: Claimant): boolean => through === undefined;
  const complaint = diagnoseDisplaced(contest, victim);
  const newcomers = new Set(holders.filter(isOwn).map(({ key }) => key));
  const decided = decideClaims(contest);
  return {
    ...decided,
    // What a newcomer had as part of every address isn't kept for it here, or it would have the address the next time.
    kept: new Map([...decided.kept].filter(([key, memory]) => !memory.viaWildcard || !newcomers.has(key))),
    losers: [
      ...losers.filter(({ claimant }) => isOwn(claimant)),
      ...holders.filter(isOwn).map((claimant) => ({ claimant, complaint })),
    ],
    isServed: false,
  };
}

/**
 * What the sources of the bind on every address had on this address. A source that holds that bind, but asks for
 * another mode than before, gives up the address.
 */
function throughWide(memories: ReadonlyMap<string, Memory>, { holders, kept }: Outcome): Map<string, Memory> {
  const holding = new Set(holders.map(({ key }) => key));
  const left = [...memories].flatMap(([key, memory]): [string, Memory][] => {
    if (holding.has(key)) return memory.asksForOther ? [] : [[key, memory]];
    return [[key, { ...(kept.get(key) ?? memory), viaWildcard: true }]];
  });
  return new Map(left);
}

/** What is reserved on the address itself goes before what somebody had there as part of every address. */
function withoutRivals(
  everywhere: ReadonlyMap<string, Memory>,
  here: ReadonlyMap<string, Memory>,
): [string, Memory][] {
  const binding = [...here.values()].find(({ asksForOther }) => !asksForOther);
  const http = [...here.values()].filter(({ mode }) => mode === 'http');
  const taken = new Set(http.flatMap(({ hosts }) => [...hosts]));
  return [...everywhere].flatMap(([key, memory]): [string, Memory][] => {
    if (here.has(key) || (binding !== undefined && isRival(memory, binding))) return [];
    return [[key, { ...memory, hosts: new Set([...memory.hosts].filter((host) => !taken.has(host))) }]];
  });
}

function isRival(memory: Memory, binding: Memory): boolean {
  return memory.mode === 'tcp' || memory.mode !== binding.mode || memory.tls !== binding.tls;
}
