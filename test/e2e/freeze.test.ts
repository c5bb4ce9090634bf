import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseHostStatus } from '@kubefigurator/config-model';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { createShop } from '../support/fleet/shop.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

/** While an operator works on a frozen host, nothing changes there, whatever is published or restarted. */
describe('a frozen host', () => {
  let fleet: Fleet;
  let host: LoadBalancerHost;
  const { text, served } = createShop(() => fleet);
  const event = (name: string, after = 0): Promise<unknown> =>
    waitForEvent(host.consumer(), ({ msg }) => msg === name, { after });
  const metrics = async (): Promise<string> =>
    (await fetch(`http://${host.address}:9641/metrics`, { signal: AbortSignal.timeout(2_000) })).text();

  beforeAll(async () => {
    fleet = await startFleet({ hosts: ['lb-1'] });
    host = fleet.host('lb-1');
    await fleet.nodes.listen(30001, 30002, 30003);
    await fleet.etcd.put(text(30001));
    await served(30001);
  });
  afterAll(() => fleet.close());

  it('is frozen within a second or two', async () => {
    const { code, stdout } = await host.runConsumer('freeze', '--reason', 'new disk');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^lb-1: frozen since .* by .*: new disk;/)]);
    await waitForEvent(host.consumer(), ({ msg }) => msg === 'apply.frozen', { limitMs: 2_000 });
  });

  it('applies nothing, and log, status and metric report it', async () => {
    const after = logEvents(host.consumer()).length;
    await fleet.etcd.put(text(30002));
    await event('apply.frozen', after);
    expect(host.dynamicConfig()).toBe(text(30001));
    await served(30001);
    const { code, stdout } = await host.runConsumer('status');
    expect([code, stdout]).toEqual([1, expect.stringMatching(/frozen +frozen since .*: new disk/)]);
    await waitFor('the metric', async () => {
      const shown = await metrics();
      return when(/^kubefigurator_consumer_frozen 1$/m.test(shown), shown);
    });
    await waitFor('the status in etcd', async () => {
      const value = (await fleet.etcd.get(`${DEFAULT_PATH}/hosts/lb-1`)) ?? '';
      const parsed = parseHostStatus(value);
      return when(parsed.kind === 'status' && parsed.status.frozen?.reason === 'new disk', value);
    });
    expect((await host.runConsumer('freeze')).stdout).toMatch(/new disk already/);
    const again = await host.runConsumer('freeze', '--reason', 'two disks');
    expect(again.stdout).toMatch(/: two disks; it was frozen since .*: new disk$/m);
  });

  it('stays frozen over a restart, SIGHUP and apply by hand', async () => {
    await host.stopConsumer();
    const apply = await host.runConsumer('apply');
    expect([apply.code, apply.stdout]).toEqual([1, expect.stringContaining('frozen since')]);
    const after = logEvents(host.consumer()).length;
    host.startConsumer();
    await event('apply.frozen', after);
    host.consumer().signal('SIGHUP');
    await event('reload.requested', after);
    await served(30001);
    expect(host.dynamicConfig()).toBe(text(30001));
  });

  it('applies the newest text at once when it is thawed', async () => {
    await fleet.etcd.put(text(30003));
    const { code, stdout } = await host.runConsumer('thaw');
    const began = performance.now();
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^lb-1: thawed \(it was frozen since/)]);
    await served(30003);
    expect(performance.now() - began).toBeLessThan(2_000);
    await event('host.thawed');
    const status = await waitFor('in sync', async () => {
      const result = await host.runConsumer('status');
      return result.code === 0 ? { done: result } : { pending: result.stdout };
    });
    expect(status.stdout).toMatch(/frozen +no/);
    expect((await host.runConsumer('thaw')).stdout).toMatch(/was not frozen/);
  });
});
