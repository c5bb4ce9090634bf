import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConfigStore } from '@kubefigurator/etcd-store';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { waitForEvent } from '../support/fleet/log-events.ts';
import { extraServerIs, largeText, storeOn } from '../support/measuring/large-text.ts';
import { reload, timed, workers } from '../support/measuring/machine.ts';
import type { BenchOptions } from './options.ts';
import { say } from '../support/measuring/run-parts.ts';
import type { Report } from '../support/measuring/report.ts';
import { median, ms, under } from '../support/measuring/report.ts';

/** Bounds at 1,000 × 50. */
const BOUNDS = { serverMs: 60, serverMaxMs: 150, ratio: 1.3 };
const SIZE = { services: 1000, nodes: 50 };
/** Reloads this far apart stay within the consumer's budget. */
const RELOADS_APART_MS = 2500;
const BETWEEN_SERVERS_MS = 100;

interface Parts {
  readonly fleet: Fleet;
  readonly store: ConfigStore;
  /** The host with a consumer. */
  readonly host: LoadBalancerHost;
  /** The host with HAProxy alone, and the same text. */
  readonly alone: LoadBalancerHost;
}

/** 1,000 × 50: measures changes of servers at run time, and reloads against HAProxy's own check and reload. */
export async function benchServers({ quick }: BenchOptions): Promise<Report> {
  const fleet = await startFleet({ consumers: false });
  const store = storeOn(fleet.etcd.url);
  try {
    const parts = { fleet, store, host: fleet.host('lb-1'), alone: fleet.host('lb-2') };
    parts.host.startConsumer();
    const text = largeText(SIZE);
    await publish(parts, text);
    await parts.host.waitUntilReady(60_000);
    say(`HAProxy runs ${text.length.toLocaleString('en')} bytes`);
    const servers = await changeServers(parts, quick ? 20 : 200);
    const { ours, own } = await compareReloads(parts, quick ? 3 : 10);
    const ratio = median(ours) / median(own);
    return {
      heading: `servers: 1,000 Services × 50 nodes, one host, ${text.length.toLocaleString('en')} bytes`,
      rows: [
        under(
          `server added or removed: etcd has it → HAProxy has it, median of ${String(servers.length)}`,
          median(servers),
          BOUNDS.serverMs,
          ms,
        ),
        under('  … max, without a reload', Math.max(...servers), BOUNDS.serverMaxMs, ms),
        under(
          `revision → proven reload, median of ${String(ours.length)}, against HAProxy's own check and reload`,
          ratio,
          BOUNDS.ratio,
          (value) => `${value.toFixed(2)} ×`,
        ),
      ],
      remarks: [
        `revision → proven reload ${ms(median(ours))}; HAProxy's own check and reload ${ms(median(own))}`,
      ],
    };
  } catch (error) {
    say(fleet.logTails());
    throw error;
  } finally {
    await store.close();
    await fleet.close();
  }
}

/** Publishes and returns the revision. */
async function publish({ store }: Parts, text: string): Promise<string> {
  const result = await store.publish(text, await store.read());
  if (result.kind !== 'published') throw new Error(`the text was not published: ${result.kind}`);
  return result.revision;
}

/** Milliseconds from etcd's answer until the running worker has the server, or no longer has it. */
async function changeServers(parts: Parts, changes: number): Promise<number[]> {
  const { host } = parts;
  const before = await workers(host);
  const times: number[] = [];
  for (let index = 0; index < changes; index += 1) {
    const extraServer = index % 2 === 0;
    await publish(parts, largeText({ ...SIZE, extraServer }));
    times.push(await timed(() => extraServerIs(extraServer, host, { everyMs: 2 })));
    await delay(BETWEEN_SERVERS_MS);
  }
  if ((await workers(host)) !== before) throw new Error('HAProxy was reloaded for a change of servers');
  return times;
}

/** Alternates our reloads with those of HAProxy alone, so that other load on this machine affects both equally. */
async function compareReloads(
  parts: Parts,
  runs: number,
): Promise<{ readonly ours: readonly number[]; readonly own: readonly number[] }> {
  const { host, alone } = parts;
  const [ours, own]: [number[], number[]] = [[], []];
  for (let run = 1; run <= runs; run += 1) {
    const text = largeText({ ...SIZE, version: run });
    const revision = await publish(parts, text);
    const applied = (): Promise<unknown> =>
      waitForEvent(
        host.consumer(),
        (event) =>
          event.msg === 'apply.applied' && event['revision'] === revision && event['method'] === 'reload',
        { everyMs: 10, limitMs: 30_000 },
      );
    ours.push(await timed(applied));
    writeFileSync(alone.haproxyConfig, text);
    own.push((await timed(() => alone.check(text))) + (await timed(() => reload(alone))));
    say(`  ${String(run).padStart(3)} ours ${ms(ours.at(-1) ?? 0)}, HAProxy alone ${ms(own.at(-1) ?? 0)}`);
    await delay(RELOADS_APART_MS);
  }
  return { ours, own };
}
