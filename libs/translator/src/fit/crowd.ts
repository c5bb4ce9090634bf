import { serviceKey } from '@kubefigurator/config-model';
import { everyAddressOf } from '../claims/memory.ts';
import type { Intent } from '../intent/intent.ts';
import type { Candidate } from './candidates.ts';
import { NO_LOAD } from './load.ts';
import { inFairOrder } from './order.ts';
import type { Published } from './published.ts';

/**
 * How many rules that lead to ports on every address new Services may have repeated at addresses that they name. Each takes
 * some 150 characters, and its time in every pass.
 */
export const MOST_REPEATED = 50_000;

/**
 * The Services to leave out since the addresses that they name repeat too many rules: a frontend of one address also has
 * the rules of all who listen on every address. It is counted before claims are decided, which would take the memory of
 * all of them.
 */
export function crowding(
  intents: readonly Intent[],
  published: Published,
  most = MOST_REPEATED,
): readonly Candidate[] {
  const wide = countWide(intents);
  const repeated = new Map<string, number>();
  const services = new Map<string, Crowd>();
  for (const [place, intent] of intents.entries()) {
    const addresses = singleAddresses(intent);
    const counts = addresses.map((address) => wide.get(wideKey(address, intent.bind.port)) ?? 0);
    addresses.forEach((address, index) => repeated.set(`${address} ${intent.bind.port}`, counts[index] ?? 0));
    const own = counts.reduce((sum, count) => sum + count, 0);
    if (own === 0 || published.isWhole(intent)) continue;
    const key = serviceKey(intent.source);
    const service = services.get(key) ?? { place, ports: [], characters: 0 };
    service.ports.push(intent);
    service.characters += own;
    services.set(key, service);
  }
  let total = [...repeated.values()].reduce((sum, count) => sum + count, 0);
  const candidates = [...services.values()].flatMap(({ place, ports, characters }): Candidate[] => {
    const source = ports[0]?.source;
    return source === undefined ? [] : [{ ...source, place, ports, load: { ...NO_LOAD, characters } }];
  });
  const leftOut: Candidate[] = [];
  for (const candidate of inFairOrder(candidates, ({ characters }) => characters)) {
    if (total <= most) break;
    leftOut.push(candidate);
    total -= candidate.load.characters;
  }
  return leftOut;
}

interface Crowd {
  /** By age: the oldest has the lowest. */
  readonly place: number;
  readonly ports: Intent[];
  /** How many rules its addresses repeat. */
  characters: number;
}

/** How many ports listen on every address of a family, by that and the port. */
function countWide(intents: readonly Intent[]): ReadonlyMap<string, number> {
  const wide = new Map<string, number>();
  for (const { bind } of intents) {
    if (bind.addresses.kind !== 'addresses') continue;
    for (const address of bind.addresses.addresses) {
      if (!isWide(address)) continue;
      const key = `${address} ${bind.port}`;
      wide.set(key, (wide.get(key) ?? 0) + 1);
    }
  }
  return wide;
}

function singleAddresses({ bind: { addresses } }: Intent): readonly string[] {
  return addresses.kind === 'addresses' ? addresses.addresses.filter((address) => !isWide(address)) : [];
}

function isWide(address: string): boolean {
  return everyAddressOf(address) === address;
}

function wideKey(address: string, port: number): string {
  return `${everyAddressOf(address)} ${port}`;
}
