import { setTimeout as delay } from 'node:timers/promises';
import { createKubeCluster } from '../support/cluster.ts';
import { answersOnEveryHost } from '../support/everywhere.ts';
import type { Fleet } from '../support/fleet.ts';
import { startFleet } from '../support/fleet.ts';
import { startApiServer } from '../support/kube.ts';
import { startLoad } from '../support/load.ts';
import { nodeManifest } from '../support/manifests.ts';
import type { Change, Workload } from './changes.ts';
import { benchNodes, benchService, createWorkload, questionFor, SERVICES, UNTOUCHED } from './changes.ts';
import { describeMachine, measureHaproxy } from './machine.ts';
import type { Measurements } from './report.ts';
import { formatReport, median } from './report.ts';
import { benchView } from './view.ts';

interface BenchOptions {
  readonly only?: 'view' | 'changes';
  readonly quick?: boolean;
}

interface Pace {
  readonly changes: number;
  /** Milliseconds from one change to the next. */
  readonly apartMs: number;
}

/** Real clusters change more slowly; closer together, the consumer's reload budget is what would be measured. */
const APART_MS = 3000;
const FULL = { latency: { changes: 24, apartMs: APART_MS }, load: { changes: 50, apartMs: APART_MS } };
const QUICK = { latency: { changes: 5, apartMs: APART_MS }, load: { changes: 5, apartMs: APART_MS } };
const REQUESTS_PER_SECOND = 400;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Makes the changes at their pace; gives each one's milliseconds until both hosts answered right. */
async function makeChanges(fleet: Fleet, workload: Workload, pace: Pace): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < pace.changes; index += 1) {
    const started = performance.now();
    const change: Change = workload.next();
    await change.make();
    await change.isServed();
    times.push(performance.now() - started);
    say(`  ${String(index + 1).padStart(3)} ${change.what.padEnd(28)} ${(times.at(-1) ?? 0).toFixed(0)} ms`);
    await delay(Math.max(0, pace.apartMs - (performance.now() - started)));
  }
  if (!fleet.hosts.every((host) => host.consumer().running())) throw new Error(fleet.logTails());
  return times;
}

async function measure(fleet: Fleet, options: BenchOptions): Promise<Measurements> {
  const paces = options.quick === true ? QUICK : FULL;
  const server = await startApiServer(fleet);
  const cluster = createKubeCluster(server);
  for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
  for (let index = 0; index < SERVICES; index += 1) await cluster.apply(benchService(index));
  const workload = createWorkload(fleet, cluster);
  fleet.startProducer(cluster.source);
  for (const index of [0, SERVICES - 1]) {
    await answersOnEveryHost(fleet, questionFor(index), workload.expected(index), { limitMs: 30_000 });
  }
  say(`\nchanges ${String(paces.latency.apartMs / 1000)} s apart, without load:`);
  const quiet = await makeChanges(fleet, workload, paces.latency);
  say(`\nchanges under ${String(REQUESTS_PER_SECOND)} requests a second on other Services:`);
  const targets = fleet.hosts.flatMap(({ address }) =>
    UNTOUCHED.map((index) => ({
      ...questionFor(index),
      address,
      nodePort: workload.expected(index).nodePort,
    })),
  );
  const load = await startLoad({ targets, perSecond: REQUESTS_PER_SECOND, limitMs: 5000 }, fleet.logs);
  const busy = await makeChanges(fleet, workload, paces.load);
  const requests = await load.stop();
  const haproxy = await measureHaproxy(fleet);
  return { quiet, busy, requests, haproxy, machine: await describeMachine() };
}

async function main(options: BenchOptions): Promise<number> {
  if (options.only === 'changes') return benchChanges(options);
  const view = await benchView();
  say(`\n${view.text}\n`);
  const changes = options.only === 'view' ? 0 : await benchChanges(options);
  return view.holds ? changes : 1;
}

async function benchChanges(options: BenchOptions): Promise<number> {
  say(`Starting etcd, kube-apiserver, two hosts and ${String(benchNodes.length)} nodes …`);
  const fleet = await startFleet({ nodes: benchNodes });
  await fleet.nodes.listen(...Array.from({ length: SERVICES + 1 }, (_, index) => 31_000 + index));
  try {
    const measurements = await measure(fleet, options);
    const { text, holds } = formatReport(measurements, { nodes: benchNodes.length, services: SERVICES });
    say(`\n${text}`);
    if (median(measurements.quiet) === 0) throw new Error('nothing was measured');
    return holds ? 0 : 1;
  } catch (error) {
    say(fleet.logTails());
    throw error;
  }
}

const stopped = (): void => process.exit(130);
process.on('SIGINT', stopped);
process.on('SIGTERM', stopped);
main(JSON.parse(process.env['KUBEFIGURATOR_OPTIONS'] ?? '{}') as BenchOptions).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
