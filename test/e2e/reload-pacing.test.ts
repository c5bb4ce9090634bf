import { afterEach, describe, expect, it } from 'vitest';
import { countersOf, oldWorkersOf } from '../support/fleet/counters.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet, FleetSpec } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import type { LongConnection } from '../support/fleet/long-connection.ts';
import { openUpgraded } from '../support/fleet/long-connection.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

/** From this number of old workers on, each reload waits longer. */
const CROWD = 8;
const INTERVAL_MS = 1_000;
const JITTER_MS = 2_000;

let fleet: Fleet;
let version = 0;
afterEach(() => fleet.close());

/** The next text, which differs from the former one in a bind and so needs a reload. */
function nextText(): string {
  version += 1;
  const extra = { service: 'extra', bind: `*:${String(8000 + version)}`, nodePort: 30001 };
  return handWrittenText(fleet.nodes.list(), [{ service: 'shop', bind: '*:80', nodePort: 30001 }, extra]);
}
function eventsOf(host: LoadBalancerHost, msg: string): LogEvent[] {
  return logEvents(host.consumer()).filter((event) => event.msg === msg);
}
/** Publishes a text that needs a reload, and waits until every host has it. */
async function reloadEverywhere(): Promise<void> {
  const seen = fleet.hosts.map((host) => logEvents(host.consumer()).length);
  await fleet.etcd.put(nextText());
  await Promise.all(
    fleet.hosts.map((host, index) =>
      waitForEvent(host.consumer(), ({ msg }) => msg === 'apply.applied', {
        after: seen[index] ?? 0,
        limitMs: 20_000,
      }),
    ),
  );
}
/** Starts a fleet that serves; gives its first host. */
async function startWith(
  spec: Pick<FleetSpec, 'hosts' | 'haproxyBinary'>,
  ...flags: readonly string[]
): Promise<LoadBalancerHost> {
  fleet = await startFleet({ ...spec, consumers: false });
  await fleet.nodes.listen(30001);
  for (const host of fleet.hosts) host.startConsumer(...flags);
  await reloadEverywhere();
  await answersOnEveryHost(
    fleet,
    { port: 80, host: 'shop.example.com' },
    { nodePort: 30001, nodes: ['worker-a', 'worker-b'] },
  );
  const [first] = fleet.hosts;
  if (first === undefined) throw new Error('a fleet has hosts');
  return first;
}

onEachHaproxy('reloads', (haproxyBinary) => {
  const one = { haproxyBinary, hosts: ['lb-1'] };

  it('are limited by a budget: a newer text replaces one that waits', async () => {
    const host = await startWith(one, '--reload-burst=2', '--reload-interval=3s');
    await reloadEverywhere();
    const before = await countersOf(host);
    const waiting = [nextText(), nextText(), nextText(), nextText()];
    for (const text of waiting) await fleet.etcd.put(text);
    const last = waiting.at(-1) ?? '';
    await waitFor('the newest text runs', () => when(host.dynamicConfig() === last, host.consumer().tail(3)));
    await host.waitUntilReady();
    expect((await countersOf(host)).reloads).toBe(before.reloads + 1);
    expect(eventsOf(host, 'apply.postponed').length).toBeGreaterThan(0);
    expect(eventsOf(host, 'apply.applied')).toHaveLength(3);
  });

  it('wait longer and longer while old workers accumulate, and no longer wait once these have ended', async () => {
    const host = await startWith(one, '--reload-burst=1000', `--reload-interval=${String(INTERVAL_MS)}ms`);
    const question = { address: host.address, port: 80, host: 'shop.example.com' };
    const connections: LongConnection[] = [];
    const pileUp = async (): Promise<void> => {
      connections.push(await openUpgraded(question));
      await reloadEverywhere();
    };
    while (connections.length < CROWD) await pileUp();
    expect(await oldWorkersOf(host)).toBe(CROWD);
    expect(eventsOf(host, 'apply.postponed')).toEqual([]);

    await pileUp();
    await pileUp();
    const waits = eventsOf(host, 'apply.postponed').map(({ waitMs }) => Number(waitMs));
    // The wait is twice the interval, then four times, less the time since the last reload.
    expect(waits[0]).toBeLessThanOrEqual(2 * INTERVAL_MS);
    expect(waits.at(-1)).toBeGreaterThan(2 * INTERVAL_MS);
    for (const connection of connections) expect(await connection.echo('still there')).toBe('still there');

    for (const connection of connections) connection.close();
    await waitFor('the old workers are gone', async () => {
      const left = await oldWorkersOf(host);
      return when(left === 0, String(left));
    });
    const postponed = eventsOf(host, 'apply.postponed').length;
    await reloadEverywhere();
    await reloadEverywhere();
    expect(eventsOf(host, 'apply.postponed')).toHaveLength(postponed);
  });
});

describe('when a whole fleet gets the same revision', () => {
  it('its hosts reload at different moments', async () => {
    const flags = ['--reload-burst=1000', `--reload-jitter=${String(JITTER_MS)}ms`];
    await startWith({ hosts: ['lb-1', 'lb-2', 'lb-3', 'lb-4', 'lb-5'] }, ...flags);
    for (let times = 0; times < 2; times += 1) await reloadEverywhere();
    const moments = fleet.hosts.map((host) =>
      eventsOf(host, 'apply.applied').map(({ time }) => Date.parse(String(time))),
    );
    for (const each of moments) expect(each).toHaveLength(3);
    const spreads = [0, 1, 2].map((revision) => {
      const times = moments.map((each) => each[revision] ?? 0);
      return Math.max(...times) - Math.min(...times);
    });
    // With three revisions on five hosts all spreads are below a third of the jitter once in 10,000 runs, by chance.
    expect(Math.max(...spreads)).toBeGreaterThan(JITTER_MS / 3);
  });
});
