import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { waitForEvent } from '../support/fleet/log-events.ts';
import { createShop } from '../support/fleet/shop.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

/** A host that boots while etcd is down serves its last known good, even without the agent, and reports the outage. */
describe('a boot without etcd', () => {
  let fleet: Fleet;
  let host: LoadBalancerHost;
  const { text, served } = createShop(() => fleet);
  const reloads = async (): Promise<string | undefined> =>
    /^(\d+)\s+worker/m.exec(await host.master('show proc'))?.[1];

  beforeAll(async () => {
    fleet = await startFleet({ hosts: ['lb-1'] });
    host = fleet.host('lb-1');
    await fleet.nodes.listen(30001, 30002);
    await fleet.etcd.put(text(30001));
    await served(30001);
    await host.waitUntilReady();
    await fleet.etcd.stop();
    await host.stopConsumer();
    await host.stopHaproxy();
  });
  afterAll(() => fleet.close());

  it('HAProxy serves the last known good before the agent is up', async () => {
    await host.startHaproxy();
    await served(30001);
  });

  it('the agent changes nothing, and reports that it has not reached etcd', async () => {
    const before = await reloads();
    host.startConsumer();
    const status = await waitFor('status', async () => {
      const result = await host.runConsumer('status');
      return /NOT IN SYNC: etcd has not been heard since/.test(result.stdout)
        ? { done: result }
        : { pending: result.stdout + result.stderr };
    });
    expect(status.code).toBe(1);
    await waitFor('the metric', async () => {
      const shown = await fetch(`http://${host.address}:9641/metrics`).then(
        (response) => response.text(),
        (error: unknown) => String(error),
      );
      return when(Number(/^kubefigurator_consumer_blind_seconds (\S+)$/m.exec(shown)?.[1]) > 0.5, shown);
    });
    const ready = await fetch(`http://${host.address}:9641/readyz`);
    expect([ready.status, await ready.text()]).toEqual([
      503,
      expect.stringContaining('etcd has not been heard yet'),
    ]);
    expect((await fetch(`http://${host.address}:9641/healthz`)).status).toBe(200);
    expect(await reloads()).toBe(before);
    expect(host.dynamicConfig()).toBe(text(30001));
    await served(30001);
  });

  it('a file that is edited meanwhile is restored from the last known good', async () => {
    writeFileSync(host.haproxyConfig, '# gone\n');
    await waitForEvent(host.consumer(), ({ msg }) => msg === 'drift.repaired', { limitMs: 30_000 });
    expect(host.dynamicConfig()).toBe(text(30001));
    await served(30001);
  });

  it('the newest text is applied as soon as etcd is back', async () => {
    await fleet.etcd.start();
    await fleet.etcd.put(text(30002));
    await served(30002, { limitMs: 20_000 });
    await waitFor('in sync', async () => {
      const { code, stdout } = await host.runConsumer('status');
      return when(code === 0, stdout);
    });
  });
});
