import { setTimeout as delay } from 'node:timers/promises';
import { untilIdle } from '../support/measuring/at-rest.ts';
import { peakMemoryOf, processorSecondsOf } from '../support/measuring/processes.ts';
import type { Report } from '../support/measuring/report.ts';
import { median, ms, under, withoutBound } from '../support/measuring/report.ts';
import type { BenchOptions } from './options.ts';
import type { Stage } from './producer-stage.ts';
import { benchNode, withStage } from './producer-stage.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { createNamespaces, storedHost, storedService, storeServices } from './stored-services.ts';

/** Bounds; memory in MB, a part of a core in percent, all else in milliseconds. */
const BOUNDS = { startMs: 4_000, changeMs: 700, memory: 450, heartbeatPercent: 2 };
const NODES_WITH_HEARTBEATS = 500;
const HEARTBEAT_MS = 10_000;

/** 5,000 × 50: start, one change and memory of the producer; 100 × 500: the status updates of the Nodes. */
export async function benchCluster({ quick }: BenchOptions): Promise<Report> {
  const services = quick === true ? 1_000 : 5_000;
  const large = await withStage(50, (stage) => measureLargeCluster(stage, services, quick === true ? 3 : 9));
  const heartbeats = await withStage(NODES_WITH_HEARTBEATS, (stage) =>
    measureHeartbeats(stage, quick === true ? 10 : 60),
  );
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
  // It creates an IPAddress for each Service that was stored without it, which takes a core for half a minute.
  await untilIdle(stage.server.process());
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
  await createNamespaces(server);
  await storeServices(Array.from({ length: 100 }, (_, index) => index));
  const producer = stage.startReplica('replica-1');
  await stage.publishedAt(storedHost(99, 0));
  // V8 collects the garbage of the start, and compiles what runs often.
  await updateStatuses(server, seconds);
  const before = processorSecondsOf(producer);
  const made = await updateStatuses(server, seconds);
  const percent = ((processorSecondsOf(producer) - before) / seconds) * 100;
  await producer.stop();
  return { percent, made };
}

/** Updates the condition of one Node after the other; returns how many updates were made. */
async function updateStatuses({ client }: ApiServer, seconds: number): Promise<number> {
  const nodes = Array.from({ length: NODES_WITH_HEARTBEATS }, (_, index) => benchNode(index));
  const started = performance.now();
  let made = 0;
  for (; performance.now() - started < seconds * 1_000; made += 1) {
    const node = nodes[made % nodes.length];
    const lastHeartbeatTime = new Date().toISOString().replace(/\.\d+/, '');
    const condition = { type: 'Ready', status: 'True', lastHeartbeatTime };
    if (node !== undefined) await client.patchStatus(node, { status: { conditions: [condition] } });
    await delay(Math.max(0, started + ((made + 1) * HEARTBEAT_MS) / nodes.length - performance.now()));
  }
  return made;
}
