import { setTimeout as delay } from 'node:timers/promises';
import { peakMemoryOf, processorSecondsOf } from '../support/measuring/processes.ts';
import type { Report } from '../support/measuring/report.ts';
import { median, ms, under, withoutBound } from '../support/measuring/report.ts';
import type { BenchOptions } from './options.ts';
import type { Stage } from './producer-stage.ts';
import { benchNode, withStage } from './producer-stage.ts';
import { createNamespaces, storedHost, storedService, storeServices } from './stored-services.ts';

/** Bounds; memory in MB, a part of a core in percent, all else in milliseconds. */
const BOUNDS = { startMs: 4_000, changeMs: 700, memory: 450, heartbeatPercent: 2 };
const HEARTBEAT_MS = 10_000;

/** 5,000 × 50: start, one change and memory of the producer; 100 × 500: the status updates of the Nodes. */
export async function benchCluster({ quick }: BenchOptions): Promise<Report> {
  const services = quick === true ? 1_000 : 5_000;
  const large = await withStage(50, (stage) => measureLargeCluster(stage, services, quick === true ? 3 : 9));
  const heartbeats = await withStage(500, (stage) => measureHeartbeats(stage, quick === true ? 10 : 60));
  const size = `${services.toLocaleString('en')} × 50`;
  const percent = (value: number): string => `${value.toFixed(2)} %`;
  return {
    heading: 'cluster: large clusters, real API server',
    rows: [
      under(`${size}: start → first publication`, large.start, BOUNDS.startMs, ms),
      under(
        `${size}: one Service changed → published, median of ${String(large.changes.length)}`,
        median(large.changes),
        BOUNDS.changeMs,
        ms,
      ),
      under(`${size}: memory, peak`, large.memory, BOUNDS.memory, (value) => `${value.toFixed(0)} MB`),
      under(
        '100 × 500, each Node with a status update in 10 s: of a core',
        heartbeats.percent,
        BOUNDS.heartbeatPercent,
        percent,
      ),
      withoutBound('  … status updates made', String(heartbeats.made)),
    ],
  };
}

interface LargeCluster {
  readonly start: number;
  readonly changes: readonly number[];
  /** In MB. */
  readonly memory: number;
}

async function measureLargeCluster(
  stage: Stage,
  services: number,
  changeCount: number,
): Promise<LargeCluster> {
  await createNamespaces(stage.server);
  await storeServices(Array.from({ length: services }, (_, index) => index));
  const started = performance.now();
  const producer = stage.startReplica('replica-1');
  const start = (await stage.publishedAt(storedHost(services - 1, 0))) - started;
  const changes: number[] = [];
  for (let version = 1; version <= changeCount; version += 1) {
    await delay(2_000);
    changes.push(await measureStoredChange(stage, version));
  }
  const memory = peakMemoryOf(producer);
  await producer.stop();
  return { start, changes, memory };
}

/** Milliseconds from the answer of the API server until etcd has the text. */
async function measureStoredChange({ server, publishedAt }: Stage, version: number): Promise<number> {
  const { metadata, ...service } = storedService(7, version);
  const { annotations, ...names } = metadata;
  const started = performance.now();
  await server.client.patch({ ...service, metadata: names }, { metadata: { annotations } });
  return (await publishedAt(storedHost(7, version))) - started;
}

/** The producer's part of a core while 500 Nodes update their conditions. */
async function measureHeartbeats(
  stage: Stage,
  seconds: number,
): Promise<{ readonly percent: number; readonly made: number }> {
  const { server } = stage;
  const nodes = Array.from({ length: 500 }, (_, index) => benchNode(index));
  await createNamespaces(server);
  await storeServices(Array.from({ length: 100 }, (_, index) => index));
  const producer = stage.startReplica('replica-1');
  await stage.publishedAt(storedHost(99, 0));
  // V8 collects the garbage of the start, and gives memory back.
  await delay(15_000);
  const before = processorSecondsOf(producer);
  const started = performance.now();
  let made = 0;
  while (performance.now() - started < seconds * 1_000) {
    const node = nodes[made % nodes.length];
    const lastHeartbeatTime = new Date().toISOString().replace(/\.\d+/, '');
    const condition = { type: 'Ready', status: 'True', lastHeartbeatTime };
    if (node !== undefined) await server.client.patchStatus(node, { status: { conditions: [condition] } });
    made += 1;
    await delay(Math.max(0, started + (made * HEARTBEAT_MS) / nodes.length - performance.now()));
  }
  const percent = ((processorSecondsOf(producer) - before) / seconds) * 100;
  await producer.stop();
  return { percent, made };
}
