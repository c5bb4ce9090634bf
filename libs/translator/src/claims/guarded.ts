import type { Reservation, SourceRef } from '@kubefigurator/config-model';
import { compareBy, formatAddressPort, sourceKey } from '@kubefigurator/config-model';
import type { HostPattern, Intent, Naming, ProxyMode, Server } from '../intent/intent.ts';
import type { Claims, HeldBind } from './claims.ts';
import { claimedHostsOf } from './contest.ts';
import type { Memories } from './memory.ts';
import { everyAddressOf } from './memory.ts';
import type { StandingBind } from './standing.ts';
import { EVERY_HOST } from './standing.ts';

/** What a guard holds of the standing text: it is published although nobody asks for it any more. */
export interface Guarded {
  readonly claims: readonly GuardedClaim[];
  /** The backends of the sources of `claims`, by `sourceKey`; not used if the source still asks for a backend. */
  readonly backends: ReadonlyMap<string, GuardedBackend>;
  /** Servers that are added to a backend that is asked for, by the `sourceKey` of its source. */
  readonly servers: ReadonlyMap<string, readonly Server[]>;
}

/** Host names of one source on one bind. */
export interface GuardedClaim {
  readonly source: SourceRef;
  readonly address: string;
  readonly port: number;
  readonly mode: ProxyMode;
  readonly tls: boolean;
  /** Names as `HostPattern` has them, or `EVERY_HOST`. */
  readonly hosts: readonly string[];
  /** Absolute paths. */
  readonly certificates: readonly string[];
}

/** A backend as it stands. */
export interface GuardedBackend {
  /** The lines from the source comment to the last server, without a line feed at the end. */
  readonly section: string;
  readonly servers: readonly Server[];
}

export const NOTHING_GUARDED: Guarded = { claims: [], backends: new Map(), servers: new Map() };

/** The same with the claims of one namespace alone; `backends` and `servers` of others have no effect then. */
export function guardedOfNamespace({ claims, backends, servers }: Guarded, namespace: string): Guarded {
  return { claims: claims.filter(({ source }) => source.namespace === namespace), backends, servers };
}

/** The memories with a naming of everything that is held, so that nobody else gets it. */
export function nameGuarded(memories: Memories, { claims }: Guarded): Memories {
  if (claims.length === 0) return memories;
  const namings = new Map(memories.namings.map((naming) => [sourceKey(naming.source), naming]));
  for (const claim of claims) {
    const key = sourceKey(claim.source);
    namings.set(key, withClaim(namings.get(key), claim));
  }
  return { ...memories, namings: [...namings.values()] };
}

function withClaim(known: Naming | undefined, { source, address, port, hosts }: GuardedClaim): Naming {
  if (known === undefined)
    return { source, addresses: [address], port, hosts: patternsOf(hosts), guarded: true };
  const namesBefore = known.hosts?.length === 0 ? [EVERY_HOST] : known.hosts?.map(({ name }) => name);
  return {
    ...known,
    addresses: known.addresses && [...known.addresses, address],
    port: known.port === port ? port : undefined,
    hosts: namesBefore && patternsOf([...namesBefore, ...hosts]),
    guarded: true,
  };
}

/** Undefined, which stands for everything that the source had, if `EVERY_HOST` is among other names: no list says both. */
function patternsOf(hosts: readonly string[]): readonly HostPattern[] | undefined {
  const names = [...new Set(hosts)];
  if (!names.includes(EVERY_HOST)) return names.map(toPattern);
  return names.length === 1 ? [] : undefined;
}

function toPattern(name: string): HostPattern {
  return { match: name.startsWith('.') ? 'wildcard' : 'exact', name };
}

/**
 * The claims with what a guard holds, as if its sources still asked for it. It takes nothing that is claimed by now: a
 * bind of another mode, a host name that leads elsewhere, or a backend that its source asks for in another mode.
 */
export function addGuardedClaims(
  claims: Claims,
  guarded: Guarded,
  { standing, specificAddressWins }: Pick<Memories, 'standing' | 'specificAddressWins'>,
): Claims {
  if (guarded.claims.length === 0) return claims;
  const binds = new Map(claims.binds.map((bind) => [formatAddressPort(bind.address, bind.port), bind]));
  for (const group of groupsOf(guarded.claims, modesOf(claims.binds))) {
    const [{ address, port }] = group;
    const key = formatAddressPort(address, port);
    const wide = isWide(group[0]) ? undefined : binds.get(formatAddressPort(everyAddressOf(address), port));
    const claimed = binds.get(key);
    if (claimed === undefined && isReachedOnWide(group, wide)) continue;
    const surroundings = { wide: specificAddressWins ? undefined : wide, stood: standing.get(key) };
    binds.set(key, withGroup(claimed ?? newBind(group, surroundings), group, guarded));
  }
  const all = [...binds.values()].sort(byBind);
  return { ...claims, binds: all, reservations: withoutHeld(claims.reservations, all, guarded) };
}

/** The reservations without those for what a guard holds, and for sources that are served on the bind anyway. */
function withoutHeld(
  reservations: readonly Reservation[],
  binds: readonly HeldBind[],
  { claims }: Guarded,
): readonly Reservation[] {
  const keyOf = ({ address, port, source }: Pick<Reservation, 'address' | 'port' | 'source'>): string =>
    `${formatAddressPort(address, port)} ${sourceKey(source)}`;
  const served = binds.flatMap(({ address, port, holders }) =>
    holders.map(({ source }) => keyOf({ address, port, source })),
  );
  const held = new Set([...served, ...claims.map(keyOf)]);
  return reservations.filter((reservation) => !held.has(keyOf(reservation)));
}

const byBind = compareBy<HeldBind>(
  ({ address }) => address,
  ({ port }) => port,
);

/** The mode of the backend of each source, by `sourceKey`. */
function modesOf(binds: readonly HeldBind[]): ReadonlyMap<string, ProxyMode> {
  return new Map(
    binds.flatMap(({ holders }) => holders.map(({ source, mode }) => [sourceKey(source), mode] as const)),
  );
}

type Group = readonly [GuardedClaim, ...GuardedClaim[]];

/** The claims of each bind, those on every address first; without those whose source has a backend of another mode. */
function groupsOf(claims: readonly GuardedClaim[], modes: ReadonlyMap<string, ProxyMode>): readonly Group[] {
  const groups = new Map<string, [GuardedClaim, ...GuardedClaim[]]>();
  for (const claim of claims) {
    const backendMode = modes.get(sourceKey(claim.source)) ?? claim.mode;
    if (backendMode !== claim.mode) continue;
    const key = formatAddressPort(claim.address, claim.port);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [claim]);
    else group.push(claim);
  }
  const all = [...groups.values()];
  return [...all.filter(([first]) => isWide(first)), ...all.filter(([first]) => !isWide(first))];
}

function isWide({ address }: Pick<GuardedClaim, 'address'>): boolean {
  return everyAddressOf(address) === address;
}

/** True if the bind on every address leads each of the hosts to its source, so that the address needs no frontend. */
function isReachedOnWide(group: Group, wide: HeldBind | undefined): boolean {
  if (wide === undefined) return false;
  return group.every(({ source, hosts }) => {
    const own = wide.holders.filter((holder) => sourceKey(holder.source) === sourceKey(source));
    const routed = new Set(own.flatMap(claimedHostsOf));
    return hosts.every((host) => routed.has(host));
  });
}

interface Surroundings {
  /** The bind on every address, if its holders have single addresses as well. */
  readonly wide: HeldBind | undefined;
  /** The bind itself in the standing text. */
  readonly stood: StandingBind | undefined;
}

/**
 * A bind that nobody asks for any more. The kernel gives it all requests to its address, so that on a single address it
 * also has those holders of the bind on every address that share it.
 */
function newBind([claim, ...others]: Group, { wide, stood }: Surroundings): HeldBind {
  const { address, port, mode, tls } = claim;
  const held = new Set([claim, ...others].flatMap(({ hosts }) => hosts));
  const shares = wide !== undefined && mode === 'http' && wide.mode === mode && wide.tls === tls;
  const wideHolders = shares
    ? wide.holders.filter((intent) => !claimedHostsOf(intent).some((host) => held.has(host)))
    : [];
  return {
    address,
    port,
    mode,
    tls,
    holders: wideHolders,
    ...(stood?.firstCertificate === undefined ? {} : { firstCertificate: stood.firstCertificate }),
    ...(stood?.certificates === undefined ? {} : { standingCertificates: stood.certificates }),
  };
}

function withGroup(bind: HeldBind, group: Group, guarded: Guarded): HeldBind {
  const holders = [...bind.holders];
  const certificates: { readonly source: SourceRef; readonly certificate: string }[] = [];
  const routed = new Set(holders.flatMap(claimedHostsOf));
  for (const claim of group) {
    const hosts = claim.hosts.filter((host) => !routed.has(host));
    if (!canJoin(claim, bind, holders.length) || hosts.length === 0) continue;
    for (const host of hosts) routed.add(host);
    holders.push(...intentsOf({ ...claim, hosts }, guarded));
    for (const certificate of claim.certificates) certificates.push({ source: claim.source, certificate });
  }
  return { ...bind, holders, ...(bind.tls ? { guardedCertificates: certificates } : {}) };
}

/** True if the bind can have the claim besides its holders: a tcp bind belongs to one source alone. */
function canJoin({ mode, tls }: GuardedClaim, bind: HeldBind, holderCount: number): boolean {
  return mode === bind.mode && tls === bind.tls && (mode === 'http' || holderCount === 0);
}

/** One intent for the names, and one for every other request. */
function intentsOf(claim: GuardedClaim, { backends }: Guarded): Intent[] {
  const backend = backends.get(sourceKey(claim.source)) ?? { section: '', servers: [] };
  const names = claim.hosts.filter((host) => host !== EVERY_HOST).map(toPattern);
  return [
    ...(names.length === 0 ? [] : [intentOf(claim, names, backend)]),
    ...(claim.hosts.includes(EVERY_HOST) ? [intentOf(claim, [], backend)] : []),
  ];
}

/** The intent has no TLS and no backend options of its own: `guardedCertificates` and the standing section have these. */
function intentOf(
  { source, address, port, mode }: GuardedClaim,
  hosts: readonly HostPattern[],
  backend: GuardedBackend,
): Intent {
  return {
    source,
    mode,
    hosts,
    tls: undefined,
    bind: { addresses: { kind: 'addresses', addresses: [address] }, port },
    backend: { balance: [], tls: undefined, directives: [] },
    servers: { kind: 'standing', ...backend },
  };
}
