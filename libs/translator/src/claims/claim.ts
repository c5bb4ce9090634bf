import { compareBy, formatAddressPort, sourceKey } from '@kubefigurator/config-model';
import type { PlacedIntent } from '../addresses/assign.ts';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import type { AskedBind } from './address.ts';
import { decideAddress } from './address.ts';
import { boundReservations } from '../limits/bound-reservations.ts';
import type { Claims, HeldBind } from './claims.ts';
import type { Claimant } from './contest.ts';
import { decide } from './contest.ts';
import { lostAddresses, lostBind } from './losses.ts';
import type { Memories, Present } from './memory.ts';
import { everyAddressOf, memoriesOf, NO_MEMORIES, presentOf } from './memory.ts';
import type { Outcome } from './reservations.ts';
import { reservationsOf } from './reservations.ts';
import type { StandingClaims } from './standing.ts';

/**
 * Decides who has which bind and host name. What stands unchanged comes first, then what is reserved, then the oldest;
 * an intent that loses is left out of that bind only. A bind on every address is also a claim on each address of its
 * family that somebody names on the same port.
 */
export function claim(placed: readonly PlacedIntent[], memories: Memories = NO_MEMORIES): Claims {
  const asked = askedBinds(placed, memories.standing);
  const present = presentOf(
    memories.namings,
    placed.map(({ intent }) => intent),
  );
  const wide = new Map<string, Outcome>();
  const outcomes: Outcome[] = [];
  for (const bind of widestFirst(asked)) {
    const isWide = everyAddressOf(bind.address) === bind.address;
    const outcome = isWide
      ? decideWide(bind, memories.standing, present)
      : decideAddress(bind, { memories, present, wide: wide.get(wideKey(bind)) });
    if (isWide) wide.set(wideKey(bind), outcome);
    outcomes.push(outcome);
  }
  const served = outcomes.filter(({ isServed }) => isServed);
  return {
    binds: served.map((outcome) => toHeldBind(outcome, memories.standing)).sort(byBind),
    reservations: boundReservations(reservationsOf(outcomes, present, wide), memories.limits),
    diagnostics: [
      ...outcomes.flatMap(lossesOf),
      ...lostAddresses(served, wide, memories.specificAddressWins),
    ],
  };
}

const byBind = compareBy<HeldBind>(
  ({ address }) => address,
  ({ port }) => port,
);

function wideKey({ address, port }: Pick<AskedBind, 'address' | 'port'>): string {
  return formatAddressPort(everyAddressOf(address), port);
}

/** Each bind that an intent names or that the standing text knows. */
function askedBinds(placed: readonly PlacedIntent[], standing: StandingClaims): AskedBind[] {
  const binds = new Map<string, AskedBind & { readonly claimants: Claimant[] }>();
  const at = (address: string, port: number): { readonly claimants: Claimant[] } => {
    const key = formatAddressPort(address, port);
    const bind = binds.get(key) ?? { address, port, claimants: [] };
    binds.set(key, bind);
    return bind;
  };
  placed.forEach(({ intent, addresses }, rank) => {
    const claimant = { intent, key: sourceKey(intent.source), rank };
    for (const address of addresses) at(address, intent.bind.port).claimants.push(claimant);
  });
  for (const { address, port } of standing.values()) at(address, port);
  return [...binds.values()];
}

function widestFirst(binds: readonly AskedBind[]): AskedBind[] {
  const isWide = ({ address }: AskedBind): boolean => everyAddressOf(address) === address;
  return [...binds.filter(isWide), ...binds.filter((bind) => !isWide(bind))];
}

function decideWide(bind: AskedBind, standing: StandingClaims, present: Present): Outcome {
  const { address, port } = bind;
  const memories = memoriesOf(standing.get(formatAddressPort(address, port)), address, present);
  const decided = decide({ ...bind, memories });
  return { ...decided, isServed: decided.holders.length > 0 };
}

/** The errors of those who name the address themselves. */
function lossesOf({ losers }: Outcome): Diagnostic[] {
  return losers.flatMap(({ claimant, complaint }) =>
    claimant.through === undefined ? [lostBind(claimant.intent, complaint)] : [],
  );
}

function toHeldBind({ address, port, holders }: Outcome, standing: StandingClaims): HeldBind {
  const intents = holders.map(({ intent }) => intent);
  const [first] = intents;
  if (first === undefined) throw new Error('a bind that is served has a holder');
  const stood = standing.get(formatAddressPort(address, port));
  const before = stood?.served === true ? stood : standing.get(wideKey({ address, port }));
  return {
    ...{ address, port, mode: first.mode, tls: first.tls !== undefined, holders: intents },
    ...(before?.firstCertificate === undefined ? {} : { firstCertificate: before.firstCertificate }),
  };
}
