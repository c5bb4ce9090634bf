import { compareText, formatAddressPort } from '@kubefigurator/config-model';
import type { Claims, HeldBind } from '../claims/claims.ts';
import { publishedPart, standsPublished } from '../claims/published.ts';
import type { StandingClaims } from '../claims/standing.ts';
import type { Intent } from '../intent/intent.ts';
import { backendSize, frontSize, sizeOf } from '../limits/size.ts';

/** The ports of one Service that don't stand published with everything they ask for. */
export interface Candidate {
  readonly namespace: string;
  readonly service: string;
  readonly ports: readonly Intent[];
  /** Characters of the text that would not be there without them; estimated. */
  readonly size: number;
}

/** `  server worker-a 10.1.0.11:30080 check`. */
const SERVER_CHARACTERS = 60;

export interface Occupied {
  readonly intents: readonly Intent[];
  readonly claims: Claims;
  readonly standing: StandingClaims;
  readonly nodes: number;
}

/**
 * The Services with ports that may be left out, the largest first. Those that lost their binds are among them, since
 * they would come in place of a winner that is left out.
 */
export function candidatesOf(occupied: Occupied): Candidate[] {
  const sizes = unpublishedSizes(occupied);
  const services = new Map<string, { ports: Intent[]; size: number }>();
  for (const [intent, size] of sizes) {
    const key = serviceKey(intent);
    const service = services.get(key) ?? { ports: [], size: 0 };
    service.ports.push(intent);
    service.size += size;
    services.set(key, service);
  }
  return [...services]
    .sort(([a, one], [b, other]) => other.size - one.size || compareText(a, b))
    .flatMap(([, { ports, size }]) => {
      const [first] = ports;
      if (first === undefined) return [];
      const { namespace, service } = first.source;
      return [{ namespace, service, ports, size }];
    });
}

export function serviceKey({ source: { namespace, service } }: Intent): string {
  return `${namespace}/${service}`;
}

function unpublishedSizes({ intents, claims, standing, nodes }: Occupied): Map<Intent, number> {
  const unpublished = new Set(intents.filter((intent) => !standsPublished(intent, standing)));
  const parts = new Map([...unpublished].map((intent) => [intent, publishedPart(intent, standing)]));
  const servers = nodes * SERVER_CHARACTERS;
  const sizes = new Map<Intent, number>();
  for (const bind of claims.binds) {
    const causes = causesOf(bind, standing);
    for (const intent of bind.holders.filter((holder) => unpublished.has(holder))) {
      const part = parts.get(intent);
      const before = sizes.get(intent) ?? (part === undefined ? backendSize(intent).characters + servers : 0);
      sizes.set(intent, before + causes(intent) - keptOn(bind.address, intent, part));
    }
  }
  const losers = [...unpublished].filter((intent) => !sizes.has(intent));
  for (const intent of losers) sizes.set(intent, sizeOf(intent).characters + servers);
  return sizes;
}

/** What stays on an address of a port that has grown; who has it as part of every address has it as large there. */
function keptOn(address: string, intent: Intent, part: Intent | undefined): number {
  const isKept = part !== undefined && (names(part, address) || !names(intent, address));
  return isKept ? frontSize(part).characters : 0;
}

/**
 * A new frontend of one address also holds the lines of those who listen on every address: they are there because of
 * the Services that name the address.
 */
function causesOf(bind: HeldBind, standing: StandingClaims): (intent: Intent) => number {
  const stands = standing.get(formatAddressPort(bind.address, bind.port))?.served === true;
  const own = (intent: Intent): number => frontSize(intent).characters;
  if (stands) return own;
  const through = bind.holders.filter((intent) => !names(intent, bind.address));
  const caused =
    through.reduce((sum, intent) => sum + own(intent), 0) / (bind.holders.length - through.length);
  return (intent) => own(intent) + (names(intent, bind.address) ? caused : 0);
}

function names({ bind: { addresses } }: Intent, address: string): boolean {
  return addresses.kind === 'addresses' && addresses.addresses.includes(address);
}
