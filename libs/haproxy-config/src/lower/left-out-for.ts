import type { SourceRef } from '@kubefigurator/config-model';
import { compareText, fairOrder, serviceKey } from '@kubefigurator/config-model';

/** A part of a text that takes some of what HAProxy has a limit of, such as file descriptors. */
export interface Asked {
  /** How much it takes. */
  readonly count: number;
  /** The ports that ask for it. It stays until the Services of all of them are left out. */
  readonly askers: readonly SourceRef[];
}

/** A Service, and what it asks for. */
export interface AskingService<T extends Asked> {
  /** By `serviceKey`. */
  readonly key: string;
  readonly namespace: string;
  readonly asked: T[];
  readonly ports: SourceRef[];
  /** How much it takes; of what several Services ask for, each takes an equal share. */
  load: number;
}

/** What several Services ask for stays until the last of them is left out. */
export interface LeftOutCount<T extends Asked> {
  readonly leaveOut: (service: AskingService<T>) => void;
  /** How much less is needed without those that are left out. */
  readonly gone: () => number;
}

/** Counts what is gone while Services are left out one by one; at first none is. */
export function createLeftOutCount<T extends Asked>(fresh: readonly T[]): LeftOutCount<T> {
  const askersLeft = new Map(fresh.map((asked) => [asked, portsByService(asked).size]));
  let gone = 0;
  return {
    leaveOut: (service) => {
      for (const asked of service.asked) {
        const left = (askersLeft.get(asked) ?? 1) - 1;
        askersLeft.set(asked, left);
        if (left === 0) gone += asked.count;
      }
    },
    gone: () => gone,
  };
}

/**
 * The Services without which at least `surplus` is gone, as few as possible: the next one is always the largest of the
 * namespace that takes most, with what it has in `taken` already. All of them, if they count less.
 */
export function servicesLeftOutFor<T extends Asked>(
  services: readonly AskingService<T>[],
  waiting: LeftOutCount<T>,
  surplus: number,
  taken?: ReadonlyMap<string, number>,
): AskingService<T>[] {
  const out: AskingService<T>[] = [];
  for (const next of servicesInFairOrder(services, taken)) {
    if (waiting.gone() >= surplus) break;
    out.push(next);
    waiting.leaveOut(next);
  }
  return out;
}

/** All these Services, in the order in which they are left out. */
export function servicesInFairOrder<T extends Asked>(
  services: readonly AskingService<T>[],
  taken?: ReadonlyMap<string, number>,
): readonly AskingService<T>[] {
  return fairOrder(
    services,
    ({ load }) => load,
    (a, b) => compareText(a.key, b.key),
    taken,
  );
}

/** The Services that ask for these parts, in the order in which they first do. */
export function servicesAskingFor<T extends Asked>(asked: readonly T[]): AskingService<T>[] {
  const services = new Map<string, AskingService<T>>();
  for (const each of asked) {
    const askers = portsByService(each);
    for (const [key, ports] of askers) {
      const namespace = ports[0]?.namespace ?? '';
      const service = services.get(key) ?? { key, namespace, asked: [], ports: [], load: 0 };
      services.set(key, service);
      service.asked.push(each);
      service.ports.push(...ports);
      service.load += each.count / askers.size;
    }
  }
  return [...services.values()];
}

function portsByService({ askers }: Asked): ReadonlyMap<string, readonly SourceRef[]> {
  const services = new Map<string, SourceRef[]>();
  for (const asker of askers) {
    const key = serviceKey(asker);
    const own = services.get(key);
    if (own === undefined) services.set(key, [asker]);
    else own.push(asker);
  }
  return services;
}
