import type { ConfigStore, Reading } from '@kubefigurator/etcd-store';
import type { HostStatus } from '@kubefigurator/config-model';
import type { EtcdWay, Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { extraServerIs, largeText, storeOn } from '../support/measuring/large-text.ts';
import { workers } from '../support/measuring/machine.ts';
import { memoryAtRest } from '../support/measuring/at-rest.ts';
import { memoryOf } from '../support/measuring/processes.ts';
import type { Report } from '../support/measuring/report.ts';
import { withoutBound, under } from '../support/measuring/report.ts';
import { say } from '../support/measuring/run-parts.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { SoakOptions } from './options.ts';

const REVISIONS = 20_000;
const SIZE = { services: 1000, nodes: 50 };
/** Bounds at 1,000 × 50: MB at rest, and the ratio of the memory at the end to an early measurement. */
const BOUNDS = { megabytes: 100, ratio: 1.1 };
/** Every hundredth revision changes a host name, which needs a reload; the others add or remove a server. */
const RELOAD_EVERY = 100;
/** Revisions between two compactions; without them etcd would keep every revision. */
const COMPACT_EVERY = 500;
const LIMIT_MS = 60_000;

interface Parts {
  readonly fleet: Fleet;
  readonly host: LoadBalancerHost;
  readonly store: ConfigStore;
}

/** Publishes many revisions, each proven in HAProxy before the next, and measures memory early and at the end. */
export async function soakRevisions({ revisions = REVISIONS }: SoakOptions): Promise<Report> {
  // etcd keeps every request in memory until its next snapshot.
  const etcd = (): Promise<EtcdWay> =>
    Promise.resolve({ flags: { 'snapshot-count': String(COMPACT_EVERY) } });
  const fleet = await startFleet({ hosts: ['lb-1'], consumers: false, etcd });
  const store = storeOn(fleet.etcd.url);
  try {
    const parts = { fleet, store, host: fleet.host('lb-1') };
    parts.host.startConsumer();
    const publish = createPublisher(parts);
    const early = Math.ceil(revisions / 10);
    const memory: number[] = [];
    const started = performance.now();
    for (let revision = 1; revision <= revisions; revision += 1) {
      await publish(revision);
      if (revision % 500 === 0) say(progress(parts, revision, started));
      if (revision === early || revision === revisions) memory.push(await atRest(parts));
    }
    const [before = Number.NaN, after = Number.NaN] = memory;
    const mb = (value: number): string => `${value.toFixed(1)} MB`;
    return {
      heading: `revisions: ${revisions.toLocaleString('en')} of 1,000 Services × 50 nodes, one host`,
      rows: [
        withoutBound(`consumer at rest after ${early.toLocaleString('en')}, memory`, mb(before)),
        under('  … at the end', after, BOUNDS.megabytes, mb),
        under(
          '  … against the early measurement',
          after / before,
          BOUNDS.ratio,
          (value) => `${value.toFixed(2)} ×`,
        ),
      ],
      remarks: [`${String(Math.floor(revisions / RELOAD_EVERY))} of them by reload, the others at run time`],
    };
  } catch (error) {
    say(fleet.logTails());
    throw error;
  } finally {
    await store.close();
    await fleet.close();
  }
}

/** Publishes the nth revision and waits until HAProxy has it. */
function createPublisher({ store, host, fleet }: Parts): (revision: number) => Promise<void> {
  let seen: Reading | undefined;
  let texts: readonly string[] = [];
  return async (nth) => {
    const version = Math.floor(nth / RELOAD_EVERY);
    const isReload = nth % RELOAD_EVERY === 0 || nth === 1;
    const extraServer = nth % 2 === 1;
    if (isReload || texts.length === 0)
      texts = [false, true].map((extra) => largeText({ ...SIZE, version, extraServer: extra }));
    const text = texts[Number(extraServer)] ?? '';
    const result = await store.publish(text, seen ?? (await store.read()));
    if (result.kind !== 'published')
      throw new Error(`revision ${String(nth)} was not published: ${result.kind}`);
    const { revision } = result;
    seen = { kind: 'published', published: { revision, text, bytes: text.length } };
    await (isReload
      ? untilApplied(host, revision)
      : extraServerIs(extraServer, host, { everyMs: 5, limitMs: LIMIT_MS }));
    if (nth % COMPACT_EVERY === 0) await fleet.etcd.etcdctl('compact', revision);
  };
}

async function untilApplied(host: LoadBalancerHost, revision: string): Promise<void> {
  await waitFor(
    `revision ${revision} is applied`,
    async () => {
      const { stdout } = await host.runConsumer('status', '--output=json');
      const { status } = JSON.parse(stdout === '' ? '{}' : stdout) as { readonly status?: HostStatus };
      return when(status?.applied?.revision === revision, stdout);
    },
    { everyMs: 200, limitMs: LIMIT_MS },
  );
}

async function atRest({ host }: Parts): Promise<number> {
  const memory = await memoryAtRest(host.consumer());
  say(`  at rest: ${memory.toFixed(1)} MB; workers ${await workers(host)}`);
  return memory;
}

function progress({ host }: Parts, revision: number, started: number): string {
  const perSecond = revision / ((performance.now() - started) / 1000);
  return `  ${String(revision).padStart(6)} ${memoryOf(host.consumer()).toFixed(1)} MB, ${perSecond.toFixed(1)} a second`;
}
