import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../support/kube/cluster.ts';
import { createKubeCluster } from '../support/kube/cluster.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { startApiServer } from '../support/kube/kube.ts';
import { nodeManifest } from '../support/kube/manifests.ts';
import type { Report } from '../support/measuring/report.ts';
import { say } from '../support/measuring/run-parts.ts';
import type { Workload } from './workload.ts';
import { benchService, createWorkload, nodePortOf, questionFor, UNTOUCHED } from './workload.ts';

export const NODES = 10;
/** With less time between changes the bench would measure the reload budget; real clusters change more slowly. */
export const APART_MS = 3000;

export interface Running {
  readonly fleet: Fleet;
  readonly cluster: Cluster;
  readonly workload: Workload;
}

/** Starts two hosts, a real API server and the Services, and stops everything after the measurement. */
export async function withFleet(
  { services, baseConfig }: { readonly services: number; readonly baseConfig: string },
  measure: (running: Running) => Promise<Report>,
): Promise<Report> {
  const names = Array.from({ length: NODES }, (_, index) => `worker-${String(index + 1)}`);
  say(`starting etcd, kube-apiserver, two hosts, ${String(NODES)} nodes, ${String(services)} Services …`);
  const fleet = await startFleet({ nodes: names, baseConfig });
  try {
    const ports = [...Array.from({ length: 100 }, (_, index) => index), services];
    await fleet.nodes.listen(...ports.map(nodePortOf));
    const cluster = createKubeCluster(await startApiServer(fleet));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    for (let index = 0; index < services; index += 1) await cluster.apply(benchService(index));
    const spare = await fleet.nodes.add('worker-spare');
    const workload = createWorkload(fleet, cluster, { services, spare });
    return await measure({ fleet, cluster, workload });
  } catch (error) {
    say(fleet.logTails());
    throw error;
  } finally {
    await fleet.close();
  }
}

/** Waits until the hosts serve the last Service, and have budget for reloads again. */
export async function firstServed({ fleet, workload }: Running, services: number): Promise<void> {
  const last = UNTOUCHED.at(-1) ?? 0;
  await answersOnEveryHost(fleet, questionFor(last), workload.expected(last), { limitMs: 60_000 });
  say(`${String(services)} Services are served`);
  // A host that has just started may still wait for its reload budget.
  await delay(2 * APART_MS);
}
