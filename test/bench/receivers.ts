import { EventEmitter } from 'node:events';
import type { ConfigStore, Reading } from '@kubefigurator/etcd-store';
import type { Etcd } from '../support/etcd/etcd.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import { largeText, storeOn } from '../support/measuring/large-text.ts';
import { timed } from '../support/measuring/machine.ts';
import { say } from '../support/measuring/run-parts.ts';
import type { Report } from '../support/measuring/report.ts';
import { ms, under } from '../support/measuring/report.ts';

/** Bounds. */
const BOUNDS = { receivers: 200, returnMs: 2000 };
const LIMIT_MS = 30_000;

interface Receiver {
  readonly store: ConfigStore;
  /** The last reading from etcd. */
  last: Reading | undefined;
  /** The number of readings. */
  readings: number;
}

/** Measures 200 followers, as each consumer has one, on one etcd that is stopped and then killed. */
export async function benchReceivers(): Promise<Report> {
  // Each store listens to the handshake of every connection; a program has two stores, not 200.
  EventEmitter.defaultMaxListeners = 0;
  const fleet = await startFleet({ hosts: [], nodes: ['worker-a'], haproxy: false });
  const stop = new AbortController();
  const writer = storeOn(fleet.etcd.url);
  const receivers = Array.from({ length: BOUNDS.receivers }, () => follow(fleet, stop.signal));
  try {
    let version = 0;
    const publish = async (): Promise<string> => {
      version += 1;
      const text = largeText({ services: 100, nodes: 10, version });
      await writer.publish(text, await writer.read());
      return text;
    };
    const first = await publish();
    const spread = await timed(() => everyoneHas(receivers, first));
    say(`${String(receivers.length)} receivers have the first revision after ${ms(spread)}`);
    const returns = [
      await goAway(fleet.etcd, () => fleet.etcd.stop(), { receivers, publish }),
      await goAway(fleet.etcd, () => fleet.etcd.kill(), { receivers, publish }),
    ];
    const last = await publish();
    const without = await timed(() => everyoneHas(receivers, last));
    return {
      heading: `etcd: ${String(receivers.length)} receivers on one etcd, in one process, 100 × 10`,
      rows: [
        under('etcd stopped: its return → all have the last revision', returns[0] ?? 0, BOUNDS.returnMs, ms),
        under('etcd killed: its return → all have the last revision', returns[1] ?? 0, BOUNDS.returnMs, ms),
      ],
      remarks: [`without an outage all have a revision after ${ms(without)}; none was lost`],
    };
  } finally {
    stop.abort();
    await Promise.all([writer, ...receivers.map(({ store }) => store)].map((store) => store.close()));
    await fleet.close();
  }
}

function follow({ etcd }: Fleet, signal: AbortSignal): Receiver {
  const receiver: Receiver = { store: storeOn(etcd.url), last: undefined, readings: 0 };
  void receiver.store.follow({
    signal,
    onReading: (reading) => {
      receiver.last = reading;
      receiver.readings += 1;
    },
    onState: () => undefined,
  });
  return receiver;
}

/** Milliseconds from etcd's restart until every follower has the text that was published then. */
async function goAway(
  etcd: Etcd,
  end: () => Promise<unknown>,
  {
    receivers,
    publish,
  }: { readonly receivers: readonly Receiver[]; readonly publish: () => Promise<string> },
): Promise<number> {
  await end();
  await etcd.start();
  const took = await timed(async () => everyoneHas(receivers, await publish()));
  say(`  after its return: ${ms(took)}`);
  return took;
}

async function everyoneHas(receivers: readonly Receiver[], text: string): Promise<void> {
  await waitFor(
    'everyone has the revision',
    () => {
      const waiting = receivers.filter(
        ({ last }) => last?.kind !== 'published' || last.published.text !== text,
      );
      return when(waiting.length === 0, `${String(waiting.length)} don't`);
    },
    { everyMs: 5, limitMs: LIMIT_MS },
  );
}
