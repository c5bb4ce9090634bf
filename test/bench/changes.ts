import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startLoad } from '../support/measuring/load.ts';
import type { LoadReport } from '../support/measuring/load-protocol.ts';
import { waitForEvent } from '../support/fleet/log-events.ts';
import type { HaproxyTimes } from '../support/measuring/machine.ts';
import { measureHaproxy } from '../support/measuring/machine.ts';
import type { Report, Row } from '../support/measuring/report.ts';
import { median, ms, noneOf, withoutBound, under } from '../support/measuring/report.ts';
import { say } from '../support/measuring/run-parts.ts';
import { changeBesideFault } from './beside-fault.ts';
import type { BenchOptions } from './options.ts';
import type { Running } from './stage.ts';
import { APART_MS, NODES, waitUntilServed, withFleet } from './stage.ts';
import type { Kind } from './workload.ts';
import { KINDS, questionFor, UNTOUCHED } from './workload.ts';

/** Bounds at 100 Services × 10 nodes; `overOwnMs` is the time over HAProxy's own check and reload. */
const BOUNDS = { p50Ms: 350, maxMs: 700, overOwnMs: 120, startMs: 1500, besideFault: 1.25 };
const REQUESTS_PER_SECOND = 400;
/** Three of five changes need a reload, so there is one reload in 2.5 s. */
const APART_UNDER_LOAD_MS = 1500;
/** With 10,000 servers an operator would make health checks less often than every 2 s. */
const SLOW_CHECKS = '  default-server inter 60s\n';

/** Milliseconds of each change, from the request to the API server until every host gives the right answer. */
type Times = Readonly<Record<Kind, number[]>>;

/** 100 × 10: measures the producer's start, every kind of change, and requests during changes. */
export async function benchChanges({ quick }: BenchOptions): Promise<Report> {
  return withFleet({ services: 100, baseConfig: '' }, async (running) => {
    const starts = await measureStarts(running, quick ? 2 : 5);
    await waitUntilServed(running, 100);
    const times = await makeChanges(running, { changes: quick ? 5 : 35, apartMs: APART_MS });
    const { without, beside } = await changeBesideFault(running, quick ? 2 : 11);
    const changes = quick ? 10 : 100;
    say(`${String(changes)} changes under ${String(REQUESTS_PER_SECOND)} requests a second …`);
    const load = await loadOnUntouched(running);
    const busy = await makeChanges(running, { changes, apartMs: APART_UNDER_LOAD_MS });
    const requests = await load.stop();
    const own = await measureHaproxy(running.fleet);
    return {
      heading: `changes: 100 Services × ${String(NODES)} nodes, real API server, two hosts`,
      rows: [
        under('producer: start → first publication, median', median(starts), BOUNDS.startMs, ms),
        ...overallRows(all(times)),
        ...kindRows(times, own, BOUNDS.overOwnMs),
        under(
          `Service changed while hosts leave another one out, median of ${String(beside.length)}, against without`,
          median(beside) / median(without),
          BOUNDS.besideFault,
          (ratio) => `${ratio.toFixed(2)} ×`,
        ),
        noneOf(`requests on untouched Services, ${String(changes)} changes`, requests.failed, requests.sent),
      ],
      remarks: [ownRemark(own), loadRemark(requests, all(busy)), ...requests.failures],
    };
  });
}

/** One Node comes and goes again and again, which has a budget. */
const MANY_CHANGES = ['--namespace-changes=0'];

/** 1,000 × 10: measures every kind of change. */
export async function benchLarge({ quick }: BenchOptions): Promise<Report> {
  return withFleet({ services: 1000, baseConfig: SLOW_CHECKS }, async (running) => {
    running.fleet.startProducer(running.cluster.source, ...MANY_CHANGES);
    await waitUntilServed(running, 1000);
    const times = await makeChanges(running, { changes: quick ? 5 : 25, apartMs: APART_MS });
    const own = await measureHaproxy(running.fleet);
    return {
      heading: `large: 1,000 Services × ${String(NODES)} nodes, real API server, two hosts`,
      rows: kindRows(times, own),
      remarks: [
        ownRemark(own),
        "the hosts' own files have a default-server (checks once a minute), so that nodes need a reload, too",
      ],
    };
  });
}

/** Starts the producer several times with an empty etcd; the last one keeps running. */
async function measureStarts({ fleet, cluster }: Running, runs: number): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    await fleet.etcd.delete();
    rmSync(`${fleet.logs}/producer.log`, { force: true });
    const started = performance.now();
    const producer = fleet.startProducer(cluster.source, ...MANY_CHANGES);
    await waitForEvent(producer, ({ result }) => result === 'published', { everyMs: 5 });
    times.push(performance.now() - started);
    if (run < runs - 1) await producer.stop();
  }
  return times;
}

async function makeChanges(
  { fleet, workload }: Running,
  pace: { readonly changes: number; readonly apartMs: number },
): Promise<Times> {
  const times = Object.fromEntries(KINDS.map((kind) => [kind, [] as number[]])) as unknown as Times;
  for (let index = 0; index < pace.changes; index += 1) {
    const started = performance.now();
    const change = workload.next();
    await change.make();
    await change.isServed();
    const took = performance.now() - started;
    times[change.kind].push(took);
    say(`  ${String(index + 1).padStart(3)} ${change.kind.padEnd(16)} ${ms(took)}`);
    await delay(Math.max(0, pace.apartMs - took));
  }
  if (!fleet.hosts.every((host) => host.consumer().running())) throw new Error(fleet.logTails());
  return times;
}

function loadOnUntouched({ fleet, workload }: Running): ReturnType<typeof startLoad> {
  const targets = fleet.hosts.flatMap(({ address }) =>
    UNTOUCHED.map((index) => ({
      ...questionFor(index),
      address,
      nodePort: workload.expected(index).nodePort,
    })),
  );
  return startLoad({ targets, perSecond: REQUESTS_PER_SECOND, limitMs: 5000 }, fleet.logs);
}

function all(times: Times): number[] {
  return Object.values(times).flat();
}

function overallRows(times: readonly number[]): Row[] {
  return [
    under(`change → served, p50 of ${String(times.length)}`, median(times), BOUNDS.p50Ms, ms),
    under('change → served, max', Math.max(...times), BOUNDS.maxMs, ms),
  ];
}

/** Rows for each kind of change, and for Services also without the time of HAProxy's own check and reload. */
function kindRows(times: Times, own: HaproxyTimes, bound?: number): Row[] {
  const kinds = KINDS.map((kind) =>
    withoutBound(`${kind} → served, median of ${String(times[kind].length)}`, ms(median(times[kind]))),
  );
  const services = KINDS.filter((kind) => kind.startsWith('Service')).flatMap((kind) => times[kind]);
  const over = median(services) - own.checkMs - own.reloadMs;
  const what = `Services, without HAProxy's own check and reload, median of ${String(services.length)}`;
  return [...kinds, bound === undefined ? withoutBound(what, ms(over)) : under(what, over, bound, ms)];
}

function ownRemark({ checkMs, reloadMs }: HaproxyTimes): string {
  return `HAProxy alone, both hosts at once, this text: haproxy -c ${ms(checkMs)}, reload to new worker ${ms(reloadMs)}`;
}

function loadRemark(requests: LoadReport, times: readonly number[]): string {
  return (
    `under load: change → served p50 ${ms(median(times))}, max ${ms(Math.max(...times))}; ` +
    `${String(requests.keepAlive)} keep-alive and ${String(requests.closing)} closing requests, ` +
    `p99 ${ms(requests.p99Ms)}, slowest ${ms(requests.slowestMs)}`
  );
}
