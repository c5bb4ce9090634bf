import { setTimeout as delay } from 'node:timers/promises';
import { createKubeCluster } from '../support/kube/cluster.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { startApiServer } from '../support/kube/kube.ts';
import { logEvents } from '../support/fleet/log-events.ts';
import { nodeManifest } from '../support/kube/manifests.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { BenchOptions } from './options.ts';
import { say } from '../support/measuring/run-parts.ts';
import { memoryOf, processorSecondsOf } from '../support/measuring/processes.ts';
import type { Report } from '../support/measuring/report.ts';
import { withoutBound, under } from '../support/measuring/report.ts';
import { benchService } from './workload.ts';

/** Bounds at 1,000 × 50; memory is the resident set in MB, without child processes. */
const BOUNDS = { consumer: 80, producer: 200, corePercent: 0.5 };
const [SERVICES, NODES] = [1000, 50];
const RELOADS_APART_MS = 2500;
/** V8 returns memory to the system some seconds after a program has become idle. */
const QUIET_MS = 15_000;
/**
 * Health checks of 50,000 servers every 2 s would use the whole machine, and HAProxy wants a file descriptor for each,
 * which is more than a sandbox may have.
 */
const SLOW_CHECKS = '  default-server inter 1h\nglobal\n  no strict-limits\n';

/** 1,000 × 50: measures memory and processor time of both programs when idle, after some changes. */
export async function benchRest({ quick }: BenchOptions): Promise<Report> {
  say(`starting etcd, kube-apiserver, a host, ${String(NODES)} Nodes, ${String(SERVICES)} Services …`);
  const fleet = await startFleet({
    hosts: ['lb-1'],
    nodes: Array.from({ length: NODES }, (_, index) => `worker-${String(index)}`),
    baseConfig: SLOW_CHECKS,
  });
  try {
    const cluster = createKubeCluster(await startApiServer(fleet));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    for (let index = 0; index < SERVICES; index += 1) await cluster.apply(benchService(index));
    const producer = fleet.startProducer(cluster.source);
    const programs = { consumer: fleet.host('lb-1').consumer(), producer };
    await waitUntilInSync(fleet, producer);
    const fresh = { consumer: memoryOf(programs.consumer), producer: memoryOf(producer) };
    for (let change = 1; change <= (quick ? 3 : 10); change += 1) {
      await cluster.apply(benchService(0, change));
      await delay(RELOADS_APART_MS);
    }
    await waitUntilInSync(fleet, producer);
    await delay(QUIET_MS);
    const [consumer, idle] = await Promise.all(
      [programs.consumer, producer].map((program) => rest(program, quick === true ? 10 : 60)),
    );
    if (consumer === undefined || idle === undefined) throw new Error('nothing was measured');
    const mb = (value: number): string => `${value.toFixed(0)} MB`;
    const percent = (value: number): string => `${value.toFixed(2)} %`;
    return {
      heading: `rest: 1,000 Services × 50 nodes, ${fleet.host('lb-1').dynamicConfig().length.toLocaleString('en')} bytes, after some changes`,
      rows: [
        under('consumer at rest, memory', consumer.memory, BOUNDS.consumer, mb),
        under('consumer at rest, of a core', consumer.percent, BOUNDS.corePercent, percent),
        under('producer at rest, memory', idle.memory, BOUNDS.producer, mb),
        under('producer at rest, of a core', idle.percent, BOUNDS.corePercent, percent),
        withoutBound('consumer just after its first text, memory', mb(fresh.consumer)),
        withoutBound('producer just after its first text, memory', mb(fresh.producer)),
      ],
    };
  } catch (error) {
    say(fleet.logTails());
    throw error;
  } finally {
    await fleet.close();
  }
}

/** Waits until the consumer has applied what the producer published last. */
async function waitUntilInSync(fleet: Fleet, producer: RunningProcess): Promise<void> {
  await waitFor(
    'the host runs what was published',
    () => {
      const published = logEvents(producer).findLast(({ result }) => result === 'published')?.['revision'];
      const applied = logEvents(fleet.host('lb-1').consumer()).findLast(({ msg }) => msg === 'apply.applied');
      return when(published !== undefined && applied?.['revision'] === published, String(published));
    },
    { limitMs: 60_000, everyMs: 100 },
  );
}

/** The peak memory of an idle minute, and the processor time as a part of one core. */
async function rest(
  program: RunningProcess,
  seconds: number,
): Promise<{ readonly memory: number; readonly percent: number }> {
  const before = processorSecondsOf(program);
  let memory = memoryOf(program);
  for (let second = 0; second < seconds; second += 1) {
    await delay(1000);
    memory = Math.max(memory, memoryOf(program));
  }
  return { memory, percent: ((processorSecondsOf(program) - before) / seconds) * 100 };
}
