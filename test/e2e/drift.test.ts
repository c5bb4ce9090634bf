import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countersOf } from '../support/fleet/counters.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const A_MINUTE = 60_000;

/** Changes by hand are noticed within a minute, reported and undone, but an operator's server states are kept. */
onEachHaproxy('drift', (haproxyBinary) => {
  let fleet: Fleet;
  let host: LoadBalancerHost;
  const text = (nodePort: number, services: readonly string[] = ['shop'], nodes = 2): string =>
    handWrittenText(
      fleet.nodes.list().slice(0, nodes),
      services.map((service, index) => ({ service, bind: `*:${80 + index}`, nodePort })),
    ).replaceAll('  option redispatch', '  balance roundrobin\n  option redispatch');
  const served = (nodePort: number): Promise<void> =>
    answersOnEveryHost(fleet, { port: 80, host: 'any.example.com' }, { nodePort, nodes: ['worker-b'] });
  const seen = (): number => logEvents(host.consumer()).length;
  const drift = (msg: string, kind: string, after: number): Promise<LogEvent> =>
    waitForEvent(host.consumer(), (event) => event.msg === msg && event['kind'] === kind, {
      after,
      limitMs: A_MINUTE,
    });
  const worker = async (): Promise<number> => (await countersOf(host)).worker;
  const statesOf = async (backend: string): Promise<string> => {
    const rows = (await host.runtime(`show servers state ${backend}`))
      .split('\n')
      .map((row) => row.split(' '));
    return rows
      .filter((row) => row.length > 20 && row[0] !== '#')
      .map((row) => `${row[3] ?? ''} ${row[6] ?? ''}`)
      .join(', ');
  };
  const metrics = async (): Promise<string> =>
    (await fetch(`http://${host.address}:9641/metrics`, { signal: AbortSignal.timeout(2_000) })).text();

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, hosts: ['lb-1'], nodes: ['worker-a', 'worker-b', 'worker-c'] });
    host = fleet.host('lb-1');
    await fleet.nodes.listen(30001, 30002);
    await fleet.etcd.put(text(30001));
    await host.waitUntilReady();
    await served(30001);
  });
  afterAll(() => fleet.close());

  it.each([
    ['edited', 'file-edited', () => writeFileSync(host.haproxyConfig, `${host.dynamicConfig()}\n# mine\n`)],
    ['deleted', 'file-missing', () => rmSync(host.haproxyConfig)],
  ])('a file that was %s is reported and restored, without a reload', async (_what, kind, change) => {
    const [after, before] = [seen(), await worker()];
    change();
    expect(await drift('drift.found', kind, after)).toMatchObject({ what: [host.haproxyConfig] });
    await drift('drift.ended', kind, after);
    expect(host.dynamicConfig()).toBe(text(30001));
    expect(await worker()).toBe(before);
    expect(await metrics()).toMatch(new RegExp(`drift_total{kind="${kind}"} 1$`, 'm'));
  });

  it('a reload with an edited file is reported and undone', async () => {
    const after = seen();
    writeFileSync(host.haproxyConfig, text(30002));
    await host.master('reload');
    await drift('drift.found', 'haproxy-reloaded', after);
    await drift('drift.ended', 'haproxy-reloaded', after);
    expect(host.dynamicConfig()).toBe(text(30001));
    await served(30001);
  });

  it('a restart is reported, and the host is in sync again', async () => {
    const after = seen();
    await host.stopHaproxy();
    await host.startHaproxy();
    await waitForEvent(
      host.consumer(),
      ({ msg, kind }) => msg === 'drift.found' && /^haproxy-(restarted|stopped)$/.test(String(kind)),
      { after, limitMs: A_MINUTE },
    );
    await waitForEvent(
      host.consumer(),
      ({ msg, kind }) => msg === 'drift.ended' && /^haproxy/.test(String(kind)),
      {
        after,
        limitMs: A_MINUTE,
      },
    );
    await served(30001);
  });

  it("an operator's drain is reported, and survives a runtime update and a reload", async () => {
    const after = seen();
    await host.runtime('set server shop/worker-a state drain');
    expect(await drift('drift.found', 'server-drain', after)).toMatchObject({ what: ['shop/worker-a'] });
    const { code, stdout } = await host.runConsumer('status');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/drift +server-drain shop\/worker-a since/)]);

    const one = await worker();
    await fleet.etcd.put(text(30001, ['shop'], 3));
    await waitFor('the server is added', async () => {
      const states = await statesOf('shop');
      return when(states.includes('worker-c 0'), states);
    });
    expect(await worker()).toBe(one);
    expect(await statesOf('shop')).toBe('worker-a 8, worker-b 0, worker-c 0');

    const beforeReload = seen();
    await fleet.etcd.put(text(30001, ['shop', 'cart'], 3));
    expect(
      await waitForEvent(host.consumer(), ({ msg }) => msg === 'held-servers.kept', { after: beforeReload }),
    ).toMatchObject({ what: ['shop/worker-a drain'] });
    expect(await worker()).not.toBe(one);
    expect(await statesOf('shop')).toBe('worker-a 8, worker-b 0, worker-c 0');
    expect(await metrics()).toMatch(/drift{kind="server-drain"} 1$/m);

    await host.runtime('set server shop/worker-a state ready');
    await drift('drift.ended', 'server-drain', after);
  });

  it('maintenance survives too, and ends if its server is removed', async () => {
    const after = seen();
    await host.runtime('set server shop/worker-a state maint');
    await host.runtime('set server shop/worker-c state maint');
    await fleet.etcd.put(text(30002, ['shop', 'cart', 'pay'], 2));
    await waitForEvent(host.consumer(), ({ msg }) => msg === 'held-servers.kept', { after });
    expect(await statesOf('shop')).toBe('worker-a 1, worker-b 0');
    await host.runtime('set server shop/worker-a state ready');
  });

  it('--drift report keeps an edited file until the next text', async () => {
    await host.stopConsumer();
    host.startConsumer('--drift=report');
    await host.waitUntilReady();
    const after = seen();
    const mine = `${host.dynamicConfig()}\n# mine\n`;
    writeFileSync(host.haproxyConfig, mine);
    await drift('drift.found', 'file-edited', after);
    expect(await waitForEvent(host.consumer(), ({ msg }) => msg === 'apply.kept', { after })).toMatchObject({
      reason: expect.stringContaining('--drift report') as string,
    });
    expect(host.dynamicConfig()).toBe(mine);
    expect((await host.runConsumer('status')).code).toBe(1);
    await fleet.etcd.put(text(30001));
    await drift('drift.ended', 'file-edited', after);
    expect(host.dynamicConfig()).toBe(text(30001));
    expect(
      await waitFor('in sync', async () => {
        const result = await host.runConsumer('status');
        return result.code === 0 ? { done: 0 } : { pending: result.stdout };
      }),
    ).toBe(0);
  });
});
