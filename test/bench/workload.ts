import type { Cluster } from '../support/kube/cluster.ts';
import { answersOnEveryHost, everyHostAnswers, isUnserved } from '../support/fleet/everywhere.ts';
import type { FleetQuestion } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { FleetNode } from '../support/fleet/nodes.ts';
import { ask } from '../support/fleet/request.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

/** The Services that no change touches; the load goes to these. */
export const UNTOUCHED = Array.from({ length: 40 }, (_, index) => 60 + index);
/** The number of Services whose host name changes, one after the other: the first ones. */
const CHANGED = 60;
const POLL = { limitMs: 20_000, everyMs: 10 };

/** Each kind of change, in the order in which they are made. */
export const KINDS = [
  'Service changed',
  'Service added',
  'Service deleted',
  'Node added',
  'Node removed',
] as const;
export type Kind = (typeof KINDS)[number];

/** One change and the proof that all hosts serve it. */
export interface Change {
  readonly kind: Kind;
  make(): Promise<void>;
  isServed(): Promise<void>;
}

export interface Workload {
  /** Returns the next change, each kind in turn. */
  next(): Change;
  /** Returns a change of one Service's host name. */
  rename(): Change;
  /** Returns where requests for the nth Service must arrive. */
  expected(index: number): { readonly nodePort: number; readonly nodes: readonly string[] };
}

export interface WorkloadSpec {
  /** The number of Services at the start. */
  readonly services: number;
  /** The node that is added and removed; its address answers from the start. */
  readonly spare: FleetNode;
}

/** The nth Service; its host name carries a version, so that a change can be seen. */
export function benchService(index: number, version = 0): Manifest {
  return serviceManifest({
    name: `service-${String(index)}`,
    nodePort: nodePortOf(index),
    options: { 'listen-port': '80', 'use-ssl': 'false', hostname: hostName(index, version) },
  });
}

export function nodePortOf(index: number): number {
  return 30_000 + index;
}

/** The request for the nth Service. */
export function questionFor(index: number, version = 0): FleetQuestion & { readonly host: string } {
  return { port: 80, host: hostName(index, version) };
}

function hostName(index: number, version: number): string {
  return `service-${String(index)}-v${String(version)}.example.com`;
}

/** Changes in their order; the same in every run. */
export function createWorkload(fleet: Fleet, cluster: Cluster, spec: WorkloadSpec): Workload {
  const versions = new Map<number, number>();
  const nodes = fleet.nodes.list().map(({ name }) => name);
  const newcomer = spec.services;
  let made = 0;
  let renames = 0;
  const expected: Workload['expected'] = (index) => ({ nodePort: nodePortOf(index), nodes });
  const served = (index: number, version: number): Promise<void> =>
    answersOnEveryHost(fleet, questionFor(index, version), expected(index), POLL);

  function renamed(index: number): Omit<Change, 'kind'> {
    const version = (versions.get(index) ?? 0) + 1;
    versions.set(index, version);
    return {
      make: () => cluster.apply(benchService(index, version)),
      isServed: () => served(index, version),
    };
  }
  const changes: Readonly<Record<Kind, (turn: number) => Omit<Change, 'kind'>>> = {
    'Service changed': (turn) => renamed(turn % CHANGED),
    'Service added': () => ({
      make: () => cluster.apply(benchService(newcomer)),
      isServed: () => served(newcomer, 0),
    }),
    'Service deleted': () => ({
      make: () => cluster.delete(benchService(newcomer)),
      isServed: () => everyHostAnswers(fleet, questionFor(newcomer), isUnserved, POLL),
    }),
    'Node added': () => ({
      make: () => cluster.apply(nodeManifest(spec.spare)),
      isServed: () => nodeServes(fleet, spec.spare, { serves: true, nodes: nodes.length }),
    }),
    'Node removed': () => ({
      make: () => cluster.delete(nodeManifest(spec.spare)),
      isServed: () => nodeServes(fleet, spec.spare, { serves: false, nodes: nodes.length }),
    }),
  };
  return {
    expected,
    rename: () => {
      renames += 1;
      return { kind: 'Service changed', ...renamed(renames % CHANGED) };
    },
    next: () => {
      const kind = KINDS[made % KINDS.length] ?? KINDS[0];
      made += 1;
      return { kind, ...changes[kind](made) };
    },
  };
}

/** Sends each host as many requests at once as there are nodes, so that round robin reaches each node once. */
async function nodeServes(
  fleet: Fleet,
  { name }: FleetNode,
  { serves, nodes }: { readonly serves: boolean; readonly nodes: number },
): Promise<void> {
  const question = questionFor(UNTOUCHED[0] ?? 0);
  await Promise.all(
    fleet.hosts.map(({ address }) =>
      waitFor(
        `${address}: ${name} ${serves ? 'answers' : 'is not asked any more'}`,
        async () => {
          const asked = Array.from({ length: nodes }, () => ask({ ...question, address }));
          const answers = (await Promise.all(asked)).map(({ echo }) => echo?.node ?? 'nobody');
          return when(answers.includes(name) === serves, answers.join(' '));
        },
        POLL,
      ),
    ),
  );
}
