import { formatAddressPort, sourceKey } from '@kubefigurator/config-model';
import type { Intent } from '../intent/intent.ts';
import { asksForSameMode, claimedHostsOf } from './contest.ts';
import type { StandingClaims } from './standing.ts';
import { EVERY_HOST } from './standing.ts';

/**
 * True if a port stands published with all of its host names on each of its addresses, in its mode; its backend and
 * certificate aren't compared, nor is an address of a pool, which no dialect asks for yet.
 */
export function standsPublished(intent: Intent, standing: StandingClaims): boolean {
  const served = servedOn(intent, standing);
  return (
    served.length === addressesOf(intent).length &&
    served.every(({ has }) => claimedHostsOf(intent).every(has))
  );
}

/** True if a port of a Service is served on one of its addresses and on its listen port, for whichever host names. */
export function isServedOnPort(intent: Intent, standing: StandingClaims): boolean {
  return servedOn(intent, standing).length > 0;
}

/** True if a port of a Service is served on this address and on its listen port, for whichever host names. */
export function isServedOnAddress(intent: Intent, address: string, standing: StandingClaims): boolean {
  return servedOn(intent, standing).some((served) => served.address === address);
}

/**
 * The part of a port that stands published: the addresses where it is served, with the host names that it has on all of
 * them. Undefined if there is none.
 */
export function publishedPart(intent: Intent, standing: StandingClaims): Intent | undefined {
  const isCatchAll = intent.hosts.length === 0;
  const served = servedOn(intent, standing).filter(({ has }) => !isCatchAll || has(EVERY_HOST));
  const hosts = intent.hosts.filter(({ name }) => served.every(({ has }) => has(name)));
  if (served.length === 0 || (hosts.length === 0 && !isCatchAll)) return undefined;
  const addresses = served.map(({ address }) => address);
  return { ...intent, hosts, bind: { ...intent.bind, addresses: { kind: 'addresses', addresses } } };
}

interface Served {
  readonly address: string;
  readonly has: (host: string) => boolean;
}

function servedOn(intent: Intent, standing: StandingClaims): Served[] {
  const key = sourceKey(intent.source);
  return addressesOf(intent).flatMap((address) => {
    const remembered = standing.get(formatAddressPort(address, intent.bind.port))?.sources.get(key);
    if (remembered?.state !== 'served' || !asksForSameMode(intent, remembered)) return [];
    return [{ address, has: (host: string) => remembered.hosts.has(host) }];
  });
}

function addressesOf({ bind: { addresses } }: Intent): readonly string[] {
  return addresses.kind === 'addresses' ? addresses.addresses : [];
}
