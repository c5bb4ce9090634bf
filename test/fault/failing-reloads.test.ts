import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { waitFor } from '../support/sandbox/wait.ts';

const TEXTS = 10;

/** A bind that fails only at the reload stops every listener for two seconds, and `haproxy -c` can't detect it. */
onEachHaproxy('when reloads fail and new texts keep coming', (haproxyBinary) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, hosts: ['lb-1'], nodes: ['worker-a'] });
    await fleet.nodes.listen(30001);
  });
  afterAll(() => fleet.close());

  const publish = (count: number): Promise<unknown> => {
    const services = Array.from({ length: count }, (_, index) => ({
      service: `s${String(index)}`,
      bind: `*:${String(8000 + index)}`,
      nodePort: 30001,
    }));
    return fleet.etcd.put(handWrittenText(fleet.nodes.list(), services));
  };

  it('the next reload is delayed, the status says why, and it succeeds once the config is repaired', async () => {
    const host = fleet.host('lb-1');
    await publish(1);
    await host.waitUntilReady();
    const base = readFileSync(host.baseConfig, 'utf8');
    appendFileSync(host.baseConfig, '\nlisten broken\n  mode http\n  bind 192.0.2.1:9999\n');
    for (let count = 2; count < TEXTS; count += 1) {
      const after = logEvents(host.consumer()).length;
      await publish(count);
      await waitForEvent(host.consumer(), ({ msg }) => /^apply\.(failed|postponed)$/.test(msg), { after });
    }
    const failed = logEvents(host.consumer()).filter(({ msg }) => msg === 'apply.failed');
    expect(failed).toHaveLength(1);
    const { stdout } = await host.runConsumer('status');
    expect(stdout).toMatch(/NOT IN SYNC.*the last reload failed/);
    writeFileSync(host.baseConfig, base);
    await host.waitUntilReady(20_000);
    await waitFor('the newest text is served', async () => {
      const url = `http://${host.address}:${String(8000 + TEXTS - 2)}/`;
      const status = await fetch(url).then((response) => response.status, String);
      return status === 200 ? { done: true } : { pending: String(status) };
    });
  });

  it('SIGHUP after the repair ends the delay', async () => {
    const host = fleet.host('lb-1');
    const base = readFileSync(host.baseConfig, 'utf8');
    appendFileSync(host.baseConfig, '\nlisten broken\n  mode http\n  bind 192.0.2.1:9999\n');
    const after = logEvents(host.consumer()).length;
    await publish(TEXTS);
    await waitForEvent(host.consumer(), ({ msg }) => msg === 'apply.failed', { after });
    writeFileSync(host.baseConfig, base);
    host.consumer().signal('SIGHUP');
    await host.waitUntilReady(8000);
  });
});
