import { compareBy, formatAddressPort, sourceKey } from '@kubefigurator/config-model';
import type { PlacedIntent } from '../addresses/assign.ts';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import type { AskedBind } from './address.ts';
import { decideBindOnAddress } from './address.ts';
import { boundReservations } from '../limits/bound-reservations.ts';
import type { Claims, HeldBind } from './claims.ts';
import type { Claimant } from './contest.ts';
import { decideClaims } from './contest.ts';
import { warnOfLostAddresses, diagnoseIntent } from './losses.ts';
import type { Memories, Present } from './memory.ts';
import { everyAddressOf, memoriesForNames, memoriesOf, NO_MEMORIES, presentOf } from './memory.ts';
import { warnOfNamesTogether } from './name-conflicts.ts';
import type { DecidedNames, NameOwners, StandingNames } from './name-owners.ts';
import { claimKey, decideNameOwners, NO_OWNERS } from './name-owners.ts';
import type { Outcome } from './reservations.ts';
import { reservationsOf } from './reservations.ts';
import type { StandingClaims } from './standing.ts';

/** The most rounds in which names are decided; another one follows if a source without a bind kept others from names. */
const MOST_ROUNDS = 4;

/**
 * Decides who has which bind and host name. What stands unchanged comes first, then what is reserved, then changed
 * claims of sources that had the bind, then the oldest; an intent that loses is left out of that bind only. A bind on
 * every address is also a claim on each address of its family that a source names on the same port (unless
 * `specificAddressWins`), and a host name belongs to one namespace on every bind (unless `hostNamesPerBind`).
 */
export function claim(placed: readonly PlacedIntent[], memories: Memories = NO_MEMORIES): Claims {
  const asked = askedBinds(placed, memories.standing);
  const present = presentOf(
    memories.namings,
    placed.map(({ intent }) => intent),
    memories.certificateDir,
  );
  const { outcomes, wide, owners } = decideAll({ placed, asked, present, memories });
  const served = outcomes.filter(({ isServed }) => isServed);
  return {
    binds: served.map((outcome) => toHeldBind(outcome, memories.standing)).sort(byBind),
    reservations: boundReservations(reservationsOf(outcomes, present, wide), memories.limits),
    diagnostics: [
      ...outcomes.flatMap(lossesOf),
      ...warnOfLostAddresses(served, wide, memories.specificAddressWins),
      ...warnOfNamesTogether(served, owners),
    ],
  };
}

/** Everything that the claims are decided from. */
interface ClaimInput {
  readonly placed: readonly PlacedIntent[];
  readonly asked: readonly AskedBind[];
  readonly present: Present;
  readonly memories: Memories;
}

interface DecidedBinds {
  readonly outcomes: readonly Outcome[];
  /** The outcomes of the binds on every address, by `wideKey`. */
  readonly wide: ReadonlyMap<string, Outcome>;
}

/**
 * Names are given to namespaces before binds are decided. A name is idle if its source gets no bind with it. If an idle
 * name kept other sources from theirs, names and binds are decided again, and idle names come last.
 */
function decideAll(input: ClaimInput): DecidedBinds & { readonly owners: NameOwners } {
  const { asked, placed, present, memories } = input;
  if (memories.hostNamesPerBind) return { ...decideBinds(input, NO_OWNERS), owners: NO_OWNERS };
  const standing = standingNames(asked, memories, present);
  let idle: ReadonlySet<string> = new Set();
  for (let round = 1; ; round += 1) {
    const owners = decideNameOwners({ standing, placed, present, idle, ownerOf: memories.ownerOf });
    const decided = decideBinds(input, owners);
    const found = idleClaims(owners, decided).filter((claimed) => !idle.has(claimed));
    if (found.length === 0 || round === MOST_ROUNDS) return { ...decided, owners };
    idle = new Set([...idle, ...found]);
  }
}

/** The host names that sources had on each standing bind and still name. */
function standingNames(
  asked: readonly AskedBind[],
  { standing, specificAddressWins }: Memories,
  present: Present,
): StandingNames[] {
  const isNew = ({ address, port, claimants }: AskedBind): boolean =>
    claimants.length > 0 && standing.get(formatAddressPort(address, port))?.served !== true;
  // Binds that are named now, and had no frontend of their own until now.
  const newBinds = new Set(
    asked.flatMap((bind) =>
      isNew(bind) && !specificAddressWins ? [formatAddressPort(bind.address, bind.port)] : [],
    ),
  );
  return [...standing].map(([at, bind]) => ({ at, memories: memoriesForNames(bind, present, newBinds) }));
}

/** All idle names, as `claimKey`, if one of them prevented other sources from getting a name; otherwise none. */
function idleClaims({ given, inTheWay }: DecidedNames, { outcomes }: DecidedBinds): string[] {
  if (inTheWay.size === 0) return [];
  const used = new Set<string>();
  for (const { holders, kept } of outcomes) {
    for (const { key, intent } of holders) for (const { name } of intent.hosts) used.add(claimKey(key, name));
    for (const [key, { hosts }] of kept) for (const name of hosts) used.add(claimKey(key, name));
  }
  const idle = given().filter((claimed) => !used.has(claimed));
  return idle.some((claimed) => inTheWay.has(claimed)) ? idle : [];
}

function decideBinds({ asked, present, memories }: ClaimInput, owners: NameOwners): DecidedBinds {
  const wide = new Map<string, Outcome>();
  const outcomes: Outcome[] = [];
  for (const bind of widestFirst(asked)) {
    const isWide = everyAddressOf(bind.address) === bind.address;
    const outcome = isWide
      ? decideWide(bind, { standing: memories.standing, present, owners })
      : decideBindOnAddress(bind, { memories, present, owners, wide: wide.get(wideKey(bind)) });
    if (isWide) wide.set(wideKey(bind), outcome);
    outcomes.push(outcome);
  }
  return { outcomes, wide };
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
  const getOrAdd = (address: string, port: number): { readonly claimants: Claimant[] } => {
    const key = formatAddressPort(address, port);
    const bind = binds.get(key) ?? { address, port, claimants: [] };
    binds.set(key, bind);
    return bind;
  };
  placed.forEach(({ intent, addresses }, rank) => {
    const claimant = { intent, key: sourceKey(intent.source), rank };
    for (const address of addresses) getOrAdd(address, intent.bind.port).claimants.push(claimant);
  });
  for (const { address, port } of standing.values()) getOrAdd(address, port);
  return [...binds.values()];
}

/** Binds on every address first: the outcome of such a bind decides who else claims a single address. */
function widestFirst(binds: readonly AskedBind[]): AskedBind[] {
  const isWide = ({ address }: AskedBind): boolean => everyAddressOf(address) === address;
  return [...binds.filter(isWide), ...binds.filter((bind) => !isWide(bind))];
}

interface WideCircumstances {
  readonly standing: StandingClaims;
  readonly present: Present;
  readonly owners: NameOwners;
}

function decideWide(bind: AskedBind, { standing, present, owners }: WideCircumstances): Outcome {
  const { address, port } = bind;
  const memories = memoriesOf(standing.get(formatAddressPort(address, port)), address, present);
  const decided = decideClaims({ ...bind, memories, owners });
  return { ...decided, isServed: decided.holders.length > 0 };
}

/** An error for each intent that names the address of the bind and lost it. */
function lossesOf({ losers }: Outcome): Diagnostic[] {
  return losers.flatMap(({ claimant, complaint }) =>
    claimant.through === undefined ? [diagnoseIntent(claimant.intent, complaint)] : [],
  );
}

function toHeldBind({ address, port, holders }: Outcome, standing: StandingClaims): HeldBind {
  const intents = holders.map(({ intent }) => intent);
  const [first] = intents;
  if (first === undefined) throw new Error('a bind that is served has a holder');
  const stood = standing.get(formatAddressPort(address, port));
  const before = stood?.served === true ? stood : standing.get(wideKey({ address, port }));
  return {
    address,
    port,
    mode: first.mode,
    tls: first.tls !== undefined,
    holders: intents,
    ...(before?.firstCertificate === undefined ? {} : { firstCertificate: before.firstCertificate }),
    ...(before?.certificates === undefined ? {} : { standingCertificates: before.certificates }),
  };
}
