import type { Cluster } from '../support/kube/cluster.ts';
import { createKubeCluster } from '../support/kube/cluster.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { logEvents } from '../support/fleet/log-events.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import { nodeManifest } from '../support/kube/manifests.ts';
import type { Report } from '../support/measuring/report.ts';
import { say } from '../support/measuring/run-parts.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { Workload } from './workload.ts';
import { benchService, createWorkload, nodePortOf, questionFor, UNTOUCHED } from './workload.ts';

export const NODES = 10;
/** With less time between changes the bench would measure the reload budget; real clusters change more slowly. */
export const APART_MS = 3000;

/** In this time the reload budget of a host fills up again: it holds 3 reloads, and gets one back every 2 s. */
const BUDGET_MS = 6_000;

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
  let server: ApiServer | undefined;
  try {
    const ports = [...Array.from({ length: 100 }, (_, index) => index), services];
    await fleet.nodes.listen(...ports.map(nodePortOf));
    server = await startApiServer(fleet);
    const cluster = createKubeCluster(server);
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    for (let index = 0; index < services; index += 1) await cluster.apply(benchService(index));
    const spare = await fleet.nodes.add('worker-spare');
    const workload = createWorkload(fleet, cluster, { services, spare });
    return await measure({ fleet, cluster, workload });
  } catch (error) {
    say(fleet.logTails());
    throw error;
  } finally {
    // The next part starts an API server at the same address.
    await server?.close();
    await fleet.close();
  }
}

/** Waits until the hosts serve the text with all Services, for which one stands, and have budget for reloads again. */
export async function waitUntilServed({ fleet, workload }: Running, services: number): Promise<void> {
  const last = UNTOUCHED.at(-1) ?? 0;
  await answersOnEveryHost(fleet, questionFor(last), workload.expected(last), { limitMs: 60_000 });
  say(`${String(services)} Services are served`);
  for (const host of fleet.hosts) await budgetIsFull(host);
}

/** Waits until the host's last reload is so long ago that its budget is full again. */
async function budgetIsFull(host: LoadBalancerHost): Promise<void> {
  await host.waitUntilReady();
  await waitFor(
    `${host.name} has its whole budget for reloads`,
    () => {
      const last = logEvents(host.consumer()).findLast(({ method }) => method === 'reload');
      return when(Date.now() - Date.parse(String(last?.['time'])) > BUDGET_MS, JSON.stringify(last));
    },
    { limitMs: 30_000 },
  );
}
