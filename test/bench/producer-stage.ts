import type { Cluster } from '../support/kube/cluster.ts';
import { createKubeCluster } from '../support/kube/cluster.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import { nodeManifest } from '../support/kube/manifests.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { producerFlags } from '../support/fleet/producer.ts';
import { storeOn } from '../support/measuring/large-text.ts';
import { say } from '../support/measuring/run-parts.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { startProcess } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor } from '../support/sandbox/wait.ts';

/** An API server, etcd without hosts, and what the producer writes there. */
export interface Stage {
  readonly fleet: Fleet;
  readonly server: ApiServer;
  readonly cluster: Cluster;
  /** When etcd had a text that contains this; waits for it. */
  readonly publishedAt: (text: string) => Promise<number>;
  readonly startReplica: (name: string, ...flags: readonly string[]) => RunningProcess;
}

/** Starts them without a producer, and stops everything after the measurement. */
export async function withStage<T>(nodes: number, measure: (stage: Stage) => Promise<T>): Promise<T> {
  say(`starting etcd, kube-apiserver, ${String(nodes)} Nodes …`);
  const fleet = await startFleet({ hosts: [], nodes: ['worker-a'], haproxy: false });
  const stop = new AbortController();
  const store = storeOn(fleet.etcd.url);
  let server: ApiServer | undefined;
  try {
    server = await startApiServer(fleet);
    const cluster = createKubeCluster(server);
    for (let index = 0; index < nodes; index += 1) await cluster.apply(benchNode(index));
    let published = { text: '', at: 0 };
    void store.follow({
      signal: stop.signal,
      onReading: (reading) => {
        if (reading.kind === 'published') published = { text: reading.published.text, at: performance.now() };
      },
      onState: () => undefined,
    });
    const publishedAt = (text: string): Promise<number> => {
      // To search a text of 12 MB each time would keep a core busy.
      let searched = '';
      return waitFor(
        `etcd has ${text}`,
        () => {
          if (searched === published.text) return { pending: 'not yet' };
          searched = published.text;
          return searched.includes(text) ? { done: published.at } : { pending: 'not yet' };
        },
        { everyMs: 2, limitMs: 60_000 },
      );
    };
    const startReplica: Stage['startReplica'] = (name, ...flags) =>
      startProcess({
        name,
        command: [
          ...[process.execPath, bundlePath('producer'), 'watch', '--metrics-address=off'],
          ...producerFlags({
            etcdUrl: fleet.etcd.url,
            certificateDir: fleet.certificateDir,
            source: cluster.source,
          }),
          ...flags,
        ],
        logs: fleet.logs,
      });
    return await measure({ fleet, server, cluster, publishedAt, startReplica });
  } catch (error) {
    say(fleet.logTails());
    throw error;
  } finally {
    stop.abort();
    await store.close();
    // The next part starts an API server at the same address.
    await server?.close();
    await fleet.close();
  }
}

/** The nth Node. */
export function benchNode(index: number): ReturnType<typeof nodeManifest> {
  const address = `10.1.${String(Math.floor(index / 250))}.${String((index % 250) + 1)}`;
  return nodeManifest({ name: `bench-${String(index)}`, address });
}
