import { serviceKey } from '@kubefigurator/config-model';
import { everyAddressOf } from '../claims/memory.ts';
import type { Intent } from '../intent/intent.ts';
import type { Candidate } from './candidates.ts';
import { NO_LOAD } from './load.ts';
import { candidatesInFairOrder } from './order.ts';
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
export function crowdingServices(
  intents: readonly Intent[],
  published: Published,
  most = MOST_REPEATED,
): readonly Candidate[] {
  const wide = countWide(intents);
  const named = intents.flatMap((intent, place) => {
    const addresses = singleAddresses(intent).flatMap((address): Repeated[] => {
      const rules = wide.get(wideKey(address, intent.bind.port)) ?? 0;
      return rules === 0 ? [] : [{ key: `${address} ${intent.bind.port}`, rules }];
    });
    return addresses.length === 0 ? [] : [{ intent, place, addresses }];
  });
  const repeats = createRepeats(named.flatMap(({ addresses }) => addresses));
  if (repeats.total() <= most) return [];
  const services = new Map<string, Crowd>();
  for (const { intent, place, addresses } of named) {
    if (published.isWhole(intent)) continue;
    const key = serviceKey(intent.source);
    const service = services.get(key) ?? { place, ports: [], addresses: [] };
    service.ports.push(intent);
    service.addresses.push(...addresses);
    services.set(key, service);
  }
  const candidates = [...services.values()].flatMap(({ place, ports, addresses }): Candidate[] => {
    const source = ports[0]?.source;
    const characters = addresses.reduce((sum, { rules }) => sum + rules, 0);
    return source === undefined ? [] : [{ ...source, place, ports, load: { ...NO_LOAD, characters } }];
  });
  const leftOut: Candidate[] = [];
  for (const candidate of candidatesInFairOrder(candidates, ({ characters }) => characters)) {
    if (repeats.total() <= most) break;
    leftOut.push(candidate);
    repeats.drop(services.get(serviceKey(candidate))?.addresses ?? []);
  }
  return leftOut;
}

/** One address and port that a port of a Service names. */
interface Repeated {
  readonly key: string;
  /** How many rules are repeated there, however many Services name it. */
  readonly rules: number;
}

interface Crowd {
  /** By age: the oldest has the lowest. */
  readonly place: number;
  readonly ports: Intent[];
  readonly addresses: Repeated[];
}

interface Repeats {
  readonly total: () => number;
  readonly drop: (addresses: readonly Repeated[]) => void;
}

/** How many rules are repeated: an address is without them only once nobody names it any more. */
function createRepeats(addresses: readonly Repeated[]): Repeats {
  const namers = new Map<string, number>();
  let total = 0;
  for (const { key, rules } of addresses) {
    const before = namers.get(key) ?? 0;
    namers.set(key, before + 1);
    if (before === 0) total += rules;
  }
  return {
    total: () => total,
    drop: (dropped) => {
      for (const { key, rules } of dropped) {
        const left = (namers.get(key) ?? 0) - 1;
        namers.set(key, left);
        if (left === 0) total -= rules;
      }
    },
  };
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
