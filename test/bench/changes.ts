import type { Cluster } from '../support/cluster.ts';
import { answersOnEveryHost, everyHostAnswers, isUnserved } from '../support/everywhere.ts';
import type { FleetQuestion } from '../support/everywhere.ts';
import type { Fleet } from '../support/fleet.ts';
import type { Manifest } from '../support/manifests.ts';
import { serviceManifest } from '../support/manifests.ts';

/** Services that are there from the beginning. */
export const SERVICES = 100;
export const benchNodes = Array.from({ length: 10 }, (_, index) => `worker-${String(index + 1)}`);
/** Services no change touches: the load goes to these. */
export const UNTOUCHED = Array.from({ length: 40 }, (_, index) => SERVICES - 40 + index);
const NEWCOMER = SERVICES;
const POLL = { limitMs: 20_000, everyMs: 10 };

/** One change and the proof that both hosts serve it. */
export interface Change {
  readonly what: string;
  make(): Promise<void>;
  isServed(): Promise<void>;
}

export interface Workload {
  /** The next change: a Service's host name, then a new Service, then its end, and again. */
  next(): Change;
  expected(index: number): { readonly nodePort: number; readonly nodes: readonly string[] };
}

/** The nth Service; its host name carries a version, so that a change can be seen. */
export function benchService(index: number, version = 0): Manifest {
  return serviceManifest({
    name: `service-${String(index)}`,
    nodePort: 31_000 + index,
    options: { 'listen-port': '80', 'use-ssl': 'false', hostname: hostName(index, version) },
  });
}

/** What to ask for the nth Service. */
export function questionFor(index: number, version = 0): FleetQuestion & { readonly host: string } {
  return { port: 80, host: hostName(index, version) };
}

function hostName(index: number, version: number): string {
  return `service-${String(index)}-v${String(version)}.example.com`;
}

/** Changes in their order; the same in every run. */
export function createWorkload(fleet: Fleet, cluster: Cluster): Workload {
  const versions = new Map<number, number>();
  let made = 0;
  const expected: Workload['expected'] = (index) => ({ nodePort: 31_000 + index, nodes: benchNodes });
  const served = (index: number, version: number): Promise<void> =>
    answersOnEveryHost(fleet, questionFor(index, version), expected(index), POLL);

  function rename(index: number): Change {
    const version = (versions.get(index) ?? 0) + 1;
    versions.set(index, version);
    return {
      what: `service-${String(index)} renamed`,
      make: () => cluster.apply(benchService(index, version)),
      isServed: () => served(index, version),
    };
  }
  const added: Change = {
    what: 'a Service added',
    make: () => cluster.apply(benchService(NEWCOMER)),
    isServed: () => served(NEWCOMER, 0),
  };
  const deleted: Change = {
    what: 'that Service deleted',
    make: () => cluster.delete(benchService(NEWCOMER)),
    isServed: () => everyHostAnswers(fleet, questionFor(NEWCOMER), isUnserved, POLL),
  };
  return {
    expected,
    next: () => {
      const turn = made;
      made += 1;
      if (turn % 3 === 1) return added;
      return turn % 3 === 2 ? deleted : rename(turn % (SERVICES - UNTOUCHED.length));
    },
  };
}
