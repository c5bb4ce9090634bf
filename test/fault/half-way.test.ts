import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import type { HandWritten } from '../support/fleet/texts.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { KillableConsumer } from './support/moments.ts';
import { createKillableConsumer } from './support/moments.ts';

const SHOP: HandWritten = { service: 'shop', bind: '*:80', nodePort: 30001 };
const LATE: HandWritten = { service: 'late', bind: '*:81', nodePort: 30001 };

/** If a change of servers stops half-way and its progress isn't recorded, HAProxy still gets the file's servers. */
describe('a change of servers that is interrupted', () => {
  let fleet: Fleet;
  let host: LoadBalancerHost;
  let killable: KillableConsumer;
  const text = (nodes: readonly string[], services: readonly HandWritten[] = [SHOP]): string =>
    handWrittenText(
      fleet.nodes.list().filter(({ name }) => nodes.includes(name)),
      services,
    ).replaceAll('  option redispatch', '  balance roundrobin\n  option redispatch');
  const servers = async (): Promise<string> => {
    const rows = (await host.runtime('show servers state shop')).split('\n').map((row) => row.split(' '));
    return rows
      .filter((row) => row.length > 20 && row[0] !== '#')
      .map((row) => `${row[3] ?? ''} ${row[6] ?? ''}`)
      .sort()
      .join(', ');
  };
  const becomes = (wanted: string, limitMs = 15_000): Promise<unknown> =>
    waitFor(
      `HAProxy has ${wanted}`,
      async () => {
        const shown = await servers();
        return when(shown === wanted, `${shown}\n${host.consumer().tail(5)}`);
      },
      { limitMs },
    );
  const publish = (nodes: readonly string[], services?: readonly HandWritten[]): Promise<unknown> =>
    fleet.etcd.put(text(nodes, services));

  beforeAll(async () => {
    fleet = await startFleet({
      hosts: ['lb-1'],
      consumers: false,
      nodes: ['worker-a', 'worker-b', 'worker-c'],
    });
    await fleet.nodes.listen(30001);
    host = fleet.host('lb-1');
    killable = await createKillableConsumer(host);
  });
  afterEach(() => host.stopConsumer());
  afterAll(async () => {
    killable.close();
    await fleet.close();
  });

  it.each([
    ['an added server', ['worker-a'], ['worker-a', 'worker-b']],
    ['a removed server', ['worker-a', 'worker-b'], ['worker-a']],
  ])('by kill -9, and reverted before the next start: %s', async (_what, before, meanwhile) => {
    await publish(before);
    killable.start();
    await host.waitUntilReady();
    const agent = host.consumer();
    killable.killAt('has changed servers');
    await publish(meanwhile);
    await waitFor('the consumer is killed', () => Promise.resolve(when(!agent.running(), agent.tail(5))));
    await publish(before);
    killable.start();
    await host.waitUntilReady();
    await becomes(before.map((name) => `${name} 0`).join(', '), 5_000);
  });

  it('by HAProxy, and reverted while the reload waits: our maintenance isn’t reported as an operator’s', async () => {
    await host.stopHaproxy();
    await host.startHaproxy();
    host.startConsumer('--reload-burst=1', '--reload-interval=8s');
    await publish(['worker-a', 'worker-b']);
    await host.waitUntilReady();
    await publish(['worker-a', 'worker-b'], [SHOP, LATE]);
    await waitForEvent(host.consumer(), ({ msg }) => msg === 'apply.postponed');
    // HAProxy refuses to add a server that exists, such as one that an earlier consumer left behind.
    await host.runtime('add server shop/worker-c 127.0.0.1:30001');
    await publish(['worker-a', 'worker-c'], [SHOP, LATE]);
    await waitForEvent(host.consumer(), ({ msg }) => msg === 'runtime-update.failed');
    await publish(['worker-a', 'worker-b'], [SHOP, LATE]);
    await host.waitUntilReady(20_000);
    await becomes('worker-a 0, worker-b 0');
    // The observation that finds an edited file also lists the servers that are held.
    writeFileSync(host.haproxyConfig, `${host.dynamicConfig()}\n# edited\n`);
    await waitForEvent(host.consumer(), ({ msg, kind }) => msg === 'drift.found' && kind === 'file-edited', {
      limitMs: 15_000,
    });
    expect(logEvents(host.consumer()).filter(({ kind }) => kind === 'server-maint')).toEqual([]);
  });
});
