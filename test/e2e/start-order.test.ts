import { afterEach, describe, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { createShop } from '../support/fleet/shop.ts';

describe('a consumer that starts first', () => {
  let fleet: Fleet;
  const { text, served } = createShop(() => fleet, { limitMs: 20_000 });

  afterEach(() => fleet.close());

  it('waits for etcd, while HAProxy serves what it has', async () => {
    fleet = await startFleet();
    await fleet.nodes.listen(30001, 30002);
    await fleet.etcd.put(text(30001));
    await served(30001);
    for (const host of fleet.hosts) await host.stopConsumer();
    await fleet.etcd.stop();
    for (const host of fleet.hosts) {
      await waitForEvent(host.startConsumer(), ({ msg }) => msg === 'etcd-connection.failed');
    }
    await served(30001);
    await fleet.etcd.start();
    await fleet.etcd.put(text(30002));
    await served(30002);
    for (const host of fleet.hosts) {
      await host.waitUntilReady();
      const events = logEvents(host.consumer());
      const begun = events.findLastIndex(({ msg }) => msg === 'program.started');
      const connectionEvents = events.slice(begun).filter(({ msg }) => msg.startsWith('etcd.'));
      const reasons = connectionEvents.flatMap(({ level, reason }) => (level === 'info' ? [] : [reason]));
      expect(reasons, 'each reason is logged once').toEqual([...new Set(reasons)]);
      expect(connectionEvents.filter(({ msg }) => msg === 'etcd.connected')).toHaveLength(1);
    }
  });

  it('installs the file while HAProxy is not running, and proves it once HAProxy is started', async () => {
    fleet = await startFleet({ haproxy: false });
    await fleet.nodes.listen(30001);
    await fleet.etcd.put(text(30001));
    for (const host of fleet.hosts) {
      await waitForEvent(host.consumer(), ({ msg }) => msg === 'apply.not-running');
      expect(host.dynamicConfig()).toBe(text(30001));
      await host.startHaproxy();
    }
    await served(30001);
    for (const host of fleet.hosts) await host.waitUntilReady(30_000);
  });
});
