import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import type { Report } from '../support/measuring/report.ts';
import { median, ms, noneOf, under } from '../support/measuring/report.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { waitFor } from '../support/sandbox/wait.ts';
import type { BenchOptions } from './options.ts';
import type { Stage } from './producer-stage.ts';
import { withStage } from './producer-stage.ts';
import { watchServiceEvents } from './service-events.ts';
import { storedHost, storeServices } from './stored-services.ts';
import { benchService, questionFor } from './workload.ts';

/** Bounds, in milliseconds. */
const BOUNDS = { publishedMs: 30, publishedP99Ms: 100, killedMs: 12_000, stoppedMs: 1_000 };
/** Bursts of changes are gathered for this time. */
const QUIET_MS = 50;
/** What a namespace with too many changes waits at most, and the time of a pass. */
const LAST_NAMESPACE_MS = 15_000;

/** 100 × 10: from an event of the API server to the text in etcd, a burst, and a change of the leader. */
export async function benchProducer({ quick }: BenchOptions): Promise<Report> {
  return withStage(10, async (stage) => {
    for (let index = 0; index < 100; index += 1) await stage.cluster.apply(benchService(index));
    const first = startReplica(stage, 1);
    await stage.publishedAt(hostName(99, 0));
    const times = await measurePublications(stage, quick === true ? 20 : 200);
    const burst = await measureBurst(stage, quick === true ? 1_000 : 10_000);
    const second = startReplica(stage, 2);
    await delay(3_000);
    const killed = await measureTakeover(stage, 1, () => first.kill());
    const third = startReplica(stage, 3);
    await delay(3_000);
    const stopped = await measureTakeover(stage, 2, () => second.stop());
    await third.stop();
    const sorted = [...times].sort((one, other) => one - other);
    const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Infinity;
    const [seconds = '', settled = ''] = [burst.tookMs, burst.settledMs].map((time) =>
      (time / 1_000).toFixed(1),
    );
    return {
      heading: 'producer: 100 Services × 10 nodes, real API server',
      rows: [
        under(
          `API event → published, median of ${String(times.length)}`,
          median(times),
          BOUNDS.publishedMs,
          ms,
        ),
        under('  … p99', p99, BOUNDS.publishedP99Ms, ms),
        under(
          `publications of ${burst.changes.toLocaleString('en')} changes within ${seconds} s`,
          burst.publications,
          Math.ceil(burst.settledMs / QUIET_MS) + 1,
          String,
        ),
        noneOf(`lines that differ from \`view\` after ${settled} s`, burst.differing.length, burst.lines),
        under('leader killed → next publication', killed, BOUNDS.killedMs, ms),
        under('leader stopped → next publication', stopped, BOUNDS.stoppedMs, ms),
      ],
      remarks: burst.differing.slice(0, 5),
    };
  });
}

/** The burst renames half of all hosts at once, which the guard would hold. */
function startReplica(stage: Stage, number: number): RunningProcess {
  return stage.startReplica(`replica-${String(number)}`, '--most-removed=100');
}

function hostName(index: number, version: number): string {
  return questionFor(index, version).host;
}

/** Milliseconds from an event, as another watch sees it, to the text in etcd, as another watch sees that. */
async function measurePublications(stage: Stage, changes: number): Promise<number[]> {
  const events = watchServiceEvents(stage.server);
  const times: number[] = [];
  await delay(1_000);
  for (let version = 1; version <= changes; version += 1) {
    const text = hostName(0, version);
    await stage.cluster.apply(benchService(0, version));
    const published = await stage.publishedAt(text);
    const event = await waitFor('the event', () => {
      const at = events.timeOf(text);
      return at === undefined ? { pending: text } : { done: at };
    });
    times.push(Math.max(0, published - event));
    // Changes that follow each other within the quiet time are gathered, which is another row.
    await delay(3 * QUIET_MS);
  }
  events.close();
  return times;
}

interface Burst {
  readonly changes: number;
  readonly publications: number;
  readonly tookMs: number;
  /** Until the text was the last one. */
  readonly settledMs: number;
  /** How many lines `view` has, and those that only `view` or only the last text has. */
  readonly lines: number;
  readonly differing: readonly string[];
}

/** Changes 100 Services again and again as fast as etcd takes it. */
async function measureBurst({ fleet, cluster, publishedAt }: Stage, changes: number): Promise<Burst> {
  const indexes = Array.from({ length: 100 }, (_, index) => index);
  await storeServices(indexes);
  await publishedAt(storedHost(99, 0));
  const before = await writesOf(fleet);
  const started = performance.now();
  const last = changes / indexes.length;
  for (let version = 1; version <= last; version += 1) await storeServices(indexes, version);
  await publishedAt(storedHost(99, last));
  const tookMs = performance.now() - started;
  const { stdout } = await fleet.runProducer('view', cluster.source);
  const viewed = stdout.split('\n');
  let differing: readonly string[] = viewed;
  const equalsView = async (): Promise<boolean> => {
    differing = differingLines(viewed, ((await fleet.etcd.get()) ?? '').split('\n'));
    return differing.length === 0;
  };
  // A namespace that changes all the time publishes once in ten seconds.
  for (
    const limit = performance.now() + LAST_NAMESPACE_MS;
    !(await equalsView()) && performance.now() < limit;
  )
    await delay(100);
  const settledMs = performance.now() - started;
  const publications = (await writesOf(fleet)) - before;
  return { changes, publications, tookMs, settledMs, lines: viewed.length, differing };
}

function differingLines(one: readonly string[], other: readonly string[]): readonly string[] {
  const [inOne, inOther] = [new Set(one), new Set(other)];
  return [...one.filter((line) => !inOther.has(line)), ...other.filter((line) => !inOne.has(line))];
}

/** How often the key of the text was written since it exists. */
async function writesOf({ etcd }: Fleet): Promise<number> {
  const { stdout } = await etcd.etcdctl('get', DEFAULT_PATH, '-w', 'json');
  return (JSON.parse(stdout) as { kvs: readonly { version: number }[] }).kvs[0]?.version ?? 0;
}

/** Milliseconds from the end of the leader until the other replica has published a change. */
async function measureTakeover(stage: Stage, turn: number, end: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const ended = end();
  await stage.cluster.apply(benchService(1, turn));
  const published = await stage.publishedAt(hostName(1, turn));
  await ended;
  return published - started;
}
