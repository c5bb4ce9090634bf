import { serviceKey } from '@kubefigurator/config-model';
import { everyAddressOf } from '../claims/memory.ts';
import type { Intent } from '../intent/intent.ts';
import type { Candidate } from './candidates.ts';
import { NO_LOAD } from './load.ts';
import { candidatesInFairOrder } from './order.ts';
import type { Published } from './published.ts';

/**
 * How many rules may be repeated because of addresses that Services name: the frontend of such an address repeats the
 * rules of all ports on every address. Each takes some 150 characters, and time in every pass.
 */
export const MOST_REPEATED = 50_000;

/**
 * The Services to leave out since the addresses that they name repeat more than `most` rules. They are counted before
 * claims are decided: deciding would take memory for each repeated rule.
 */
export function crowdingServices(
  intents: readonly Intent[],
  published: Published,
  most = MOST_REPEATED,
): readonly Candidate[] {
  const widePorts = countWide(intents);
  const named = intents.flatMap((intent, place) => {
    const addresses = singleAddresses(intent).flatMap((address): Repeated[] => {
      const rules = widePorts.get(wideKey(address, intent.bind.port)) ?? 0;
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
    if (source === undefined) return [];
    // The order below needs one number: `characters` stands for the rules that the Service repeats.
    const characters = addresses.reduce((sum, { rules }) => sum + rules, 0);
    return [{ ...source, place, ports, load: { ...NO_LOAD, characters } }];
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

/** A Service that may be left out, and the addresses that its ports name. */
interface Crowd {
  /** Its place by age: the oldest has the lowest. */
  readonly place: number;
  readonly ports: Intent[];
  readonly addresses: Repeated[];
}

interface Repeats {
  /** How many rules are repeated at all addresses. */
  readonly total: () => number;
  /** Takes one naming of each of these addresses away. */
  readonly drop: (addresses: readonly Repeated[]) => void;
}

/** Counts repeated rules: those of an address count once, and until nobody names the address any more. */
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
        const remaining = (namers.get(key) ?? 0) - 1;
        namers.set(key, remaining);
        if (remaining === 0) total -= rules;
      }
    },
  };
}

/** How many ports listen on every address of a family, by `*` or `::` and the listen port, as `wideKey` gives them. */
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
