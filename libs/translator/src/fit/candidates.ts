import { formatAddressPort, serviceKey, sourceKey } from '@kubefigurator/config-model';
import type { Excess } from '@kubefigurator/haproxy-config';
import type { Claims, HeldBind } from '../claims/claims.ts';
import type { StandingClaims } from '../claims/standing.ts';
import type { Intent } from '../intent/intent.ts';
import type { Published } from './published.ts';
import type { Load } from './load.ts';
import { addLoads, backendLoad, FRONTEND_LOAD, frontLoad, NO_LOAD } from './load.ts';

/** The ports of one Service that don't stand published with everything they ask for. */
export interface Candidate {
  readonly namespace: string;
  readonly service: string;
  readonly ports: readonly Intent[];
  /** Its place by age: the oldest Service has the lowest. */
  readonly place: number;
  /** What the text would not need without them. */
  readonly load: Load;
}

/** A candidate that is left out, and the limits that would be exceeded with it. */
export interface LeftOut {
  readonly candidate: Candidate;
  readonly excesses: readonly Excess[];
  /** True if it is left out because its namespace would take more than its share. */
  readonly share?: true;
}

/** A text that may be too large. */
export interface LeaveOutInput {
  /** The oldest Service first. */
  readonly intents: readonly Intent[];
  readonly claims: Claims;
  readonly standing: StandingClaims;
  readonly published: Published;
  /** How many nodes there are, each of which is a server in every backend. */
  readonly nodes: number;
  readonly excesses: readonly Excess[];
}

/**
 * The Services with ports that may be left out. Those that lost their binds are among them: they would get the binds of a
 * winner that is left out, and so its room.
 */
export function candidatesToLeaveOut(occupied: LeaveOutInput): Candidate[] {
  const services = new Map<string, { readonly ports: Intent[]; load: Load }>();
  for (const [intent, load] of unpublishedLoads(occupied)) {
    const key = serviceKey(intent.source);
    const service = services.get(key) ?? { ports: [], load: NO_LOAD };
    service.ports.push(intent);
    service.load = addLoads(service.load, load);
    services.set(key, service);
  }
  const places = placesOf(occupied.intents);
  return [...services].flatMap(([key, { ports, load }]) => {
    const [first] = ports;
    if (first === undefined) return [];
    const { namespace, service } = first.source;
    if (!mayHelp(load, occupied.excesses)) return [];
    return [{ namespace, service, ports, place: places.get(key) ?? 0, load }];
  });
}

/**
 * True if the text may come within its limits without this load. If only limits for what is new are exceeded (`onlyOfNew`),
 * published Services may be the reason, and a new Service that takes nothing of these resources needn't be left out.
 */
function mayHelp(load: Load, excesses: readonly Excess[]): boolean {
  return (
    excesses.length === 0 ||
    excesses.some(({ resource, onlyOfNew }) => onlyOfNew !== true || load[resource] > 0)
  );
}

/** The place of the first port of each Service among all intents, by `serviceKey`. */
function placesOf(intents: readonly Intent[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [place, { source }] of intents.entries()) {
    const key = serviceKey(source);
    if (!places.has(key)) places.set(key, place);
  }
  return places;
}

/** What each port that isn't published as a whole adds to the text, beyond its published part. */
function unpublishedLoads(occupied: LeaveOutInput): Map<Intent, Load> {
  const { intents, claims, published, nodes } = occupied;
  const unpublished = new Set(intents.filter((intent) => !published.isWhole(intent)));
  const owners = backendOwners(intents);
  const newBackend = (intent: Intent): Load => {
    if (owners.get(sourceKey(intent.source)) !== intent) return NO_LOAD;
    const part = published.partOf(intent);
    const load = backendLoad(intent, nodes);
    return part === undefined ? load : addLoads(load, backendLoad(part, nodes), -1);
  };
  const loads = new Map<Intent, Load>();
  for (const bind of claims.binds) {
    const shares = certificateShares(bind);
    const causes = causesOf(bind, shares, occupied);
    for (const intent of bind.holders.filter((holder) => unpublished.has(holder))) {
      const before = loads.get(intent) ?? newBackend(intent);
      const kept = keptOn(bind, intent, { ...occupied, shares });
      loads.set(intent, addLoads(addLoads(before, causes(intent)), kept, -1));
    }
  }
  const losers = [...unpublished].filter((intent) => !loads.has(intent));
  for (const intent of losers) loads.set(intent, loadAlone(intent, nodes));
  return loads;
}

/** The intent whose backend is in the text, by source: the first one, since a guard may add further intents to a source. */
function backendOwners(intents: readonly Intent[]): ReadonlyMap<string, Intent> {
  const owners = new Map<string, Intent>();
  for (const intent of intents) {
    const key = sourceKey(intent.source);
    if (!owners.has(key)) owners.set(key, intent);
  }
  return owners;
}

/** What a port takes if it shares no frontend. */
export function loadAlone(intent: Intent, nodes: number): Load {
  const { addresses } = intent.bind;
  const binds = addresses.kind === 'addresses' ? addresses.addresses.length : 1;
  return addLoads(backendLoad(intent, nodes), addLoads(frontLoad(intent), FRONTEND_LOAD), binds);
}

/**
 * What of a port on one bind is published already. On an address that the port names it is nothing unless its published
 * part names the address, too; on an address that the port has as part of every address it is that whole part.
 */
function keptOn(
  bind: HeldBind,
  intent: Intent,
  { published, standing, shares }: LeaveOutInput & { readonly shares: CertificateShares },
): Load {
  const part = published.partOf(intent);
  const isKept = part !== undefined && (names(part, bind.address) || !names(intent, bind.address));
  if (!isKept) return NO_LOAD;
  const stood = standing
    .get(formatAddressPort(bind.address, bind.port))
    ?.sources.get(sourceKey(intent.source));
  // The published part has the TLS of the port unless its certificate is another one.
  const isSameFile = stood?.certificate !== undefined && part.tls === intent.tls;
  return { ...frontLoad(part), certificates: isSameFile ? shares(intent) : 0 };
}

/**
 * What each holder of a bind adds to the text there. A new frontend of one address also has the lines of those who listen
 * on every address. The Services that name the address are the cause of these lines: each is charged an equal share of
 * them and of the frontend.
 */
function causesOf(
  bind: HeldBind,
  shares: CertificateShares,
  { standing, excesses }: LeaveOutInput,
): (intent: Intent) => Load {
  const isCrowded = isCrowdedBind(bind, excesses);
  const own = (intent: Intent): Load => {
    const load = { ...frontLoad(intent), certificates: shares(intent) };
    return isCrowded ? load : { ...load, calls: 0 };
  };
  if (standing.get(formatAddressPort(bind.address, bind.port))?.served === true) return own;
  const wideHolders = bind.holders.filter((intent) => !names(intent, bind.address));
  const caused = wideHolders.map(own).reduce((sum, load) => addLoads(sum, load), FRONTEND_LOAD);
  const share = 1 / (bind.holders.length - wideHolders.length);
  return (intent) => (names(intent, bind.address) ? addLoads(own(intent), caused, share) : NO_LOAD);
}

/** The share that a port has of its certificate on a bind, from 0 (no TLS) to 1 (nobody else asks for it there). */
type CertificateShares = (intent: Intent) => number;

/** HAProxy loads a certificate once for a bind, whoever asks for it there: each of them has an equal share. */
function certificateShares({ holders }: HeldBind): CertificateShares {
  const counts = new Map<string, number>();
  for (const { tls } of holders)
    if (tls !== undefined) counts.set(tls.certificate, (counts.get(tls.certificate) ?? 0) + 1);
  return ({ tls }) => (tls === undefined ? 0 : 1 / (counts.get(tls.certificate) ?? 1));
}

/** True if this frontend may exceed the limit of calls, which is one for each frontend; rules of other frontends don't matter. */
function isCrowdedBind({ holders }: HeldBind, excesses: readonly Excess[]): boolean {
  const excess = excesses.find(({ resource }) => resource === 'calls');
  if (excess === undefined) return false;
  const routes = holders.reduce((sum, intent) => sum + frontLoad(intent).calls, 0);
  return routes > excess.most - OTHER_CALLS;
}

/** The most calls that a frontend has besides those of its rules. */
const OTHER_CALLS = 20;

function names({ bind: { addresses } }: Intent, address: string): boolean {
  return addresses.kind === 'addresses' && addresses.addresses.includes(address);
}
