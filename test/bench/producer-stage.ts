import { gunzipSync } from 'node:zlib';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createKubeCluster } from '../support/kube/cluster.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import { nodeManifest } from '../support/kube/manifests.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { producerFlags } from '../support/fleet/producer.ts';
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
  let server: ApiServer | undefined;
  try {
    server = await startApiServer(fleet);
    const cluster = createKubeCluster(server);
    for (let index = 0; index < nodes; index += 1) await cluster.apply(benchNode(index));
    // Unpacked only when it is searched: that takes longer than the producer's write.
    let published: Written = { value: '', at: 0 };
    void watchWrites(fleet.etcd.url, stop.signal, (written) => {
      published = written;
    });
    const publishedAt = (text: string): Promise<number> => {
      let searched = '';
      return waitFor(
        `etcd has ${text}`,
        () => {
          const { value, at } = published;
          if (searched === value) return { pending: 'not yet' };
          searched = value;
          return unpack(value).includes(text) ? { done: at } : { pending: 'not yet' };
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
    // The next part starts an API server at the same address.
    await server?.close();
    await fleet.close();
  }
}

/** A value of the key, in base64, and when this process had it. */
interface Written {
  readonly value: string;
  readonly at: number;
}

interface WatchAnswer {
  readonly result?: { readonly events?: readonly { readonly kv?: { readonly value?: string } }[] };
}

/** Follows the key through etcd's JSON gateway, so that nothing is unpacked meanwhile. */
async function watchWrites(
  etcdUrl: string,
  signal: AbortSignal,
  onWritten: (written: Written) => void,
): Promise<void> {
  const body = JSON.stringify({ create_request: { key: btoa(DEFAULT_PATH) } });
  try {
    const response = await fetch(`${etcdUrl}/v3/watch`, { method: 'POST', body, signal });
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const at = performance.now();
      rest += Buffer.from(chunk).toString('latin1');
      if (!rest.endsWith('\n')) continue;
      const lines = rest.split('\n').filter((line) => line !== '');
      rest = '';
      const events = lines.flatMap((line) => (JSON.parse(line) as WatchAnswer).result?.events ?? []);
      for (const { kv } of events) onWritten({ value: kv?.value ?? '', at });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The text of a value: gzipped ones begin with these bytes. */
function unpack(value: string): Buffer {
  const bytes = Buffer.from(value, 'base64');
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}

/** The nth Node. */
export function benchNode(index: number): ReturnType<typeof nodeManifest> {
  const address = `10.1.${String(Math.floor(index / 250))}.${String((index % 250) + 1)}`;
  return nodeManifest({ name: `bench-${String(index)}`, address });
}
