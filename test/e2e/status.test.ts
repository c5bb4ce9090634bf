import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HostStatus } from '@kubefigurator/config-model';
import { parseHostStatus } from '@kubefigurator/config-model';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { createShop } from '../support/fleet/shop.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const STATUS_KEY = `${DEFAULT_PATH}/hosts/lb-1`;
const ALIVE_KEY = `${DEFAULT_PATH}/alive/lb-1`;

/** Shows what a host runs and why: on the host even while etcd is down, and in etcd even while the host is down. */
onEachHaproxy('the status of a host', (haproxyBinary) => {
  let fleet: Fleet;
  let host: LoadBalancerHost;
  const shop = (nodePort: number): { service: string; bind: string; nodePort: number } => ({
    service: 'shop',
    bind: '*:80',
    nodePort,
  });
  const { text, served } = createShop(() => fleet);

  /** Runs `status` until its output matches, and returns its exit code. */
  const until = (expected: RegExp, limitMs = 10_000): Promise<number | null> =>
    waitFor(
      `status says ${String(expected)}`,
      async () => {
        const { code, stdout, stderr } = await host.runConsumer('status');
        return expected.test(stdout) ? { done: code } : { pending: stdout + stderr };
      },
      { limitMs, everyMs: 200 },
    );

  const inEtcd = (matches: (status: HostStatus) => boolean): Promise<HostStatus> =>
    waitFor('the status in etcd', async () => {
      const value = (await fleet.etcd.get(STATUS_KEY)) ?? '';
      const parsed = parseHostStatus(value);
      return parsed.kind === 'status' && matches(parsed.status)
        ? { done: parsed.status }
        : { pending: value };
    });

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, hosts: ['lb-1'], consumers: false });
    host = fleet.host('lb-1');
    await fleet.nodes.listen(30001, 30002);
  });
  afterAll(() => fleet.close());

  it('is not known before an agent ever ran', async () => {
    const { code, stderr } = await host.runConsumer('status');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('the agent of this host has not written its status yet'),
    ]);
  });

  it('is in sync once HAProxy runs what etcd has', async () => {
    host.startConsumer();
    await fleet.etcd.put(text(30001));
    await served(30001);
    expect(await until(/^lb-1: in sync$/m)).toBe(0);
    const { code, stdout } = await host.runConsumer('status', '-o', 'json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as { inSync: boolean; status: HostStatus };
    expect(report.inSync).toBe(true);
    expect(report.status).toMatchObject({
      host: 'lb-1',
      applied: { how: 'reload', revision: report.status.seen?.revision, hash: report.status.seen?.hash },
      outcome: { kind: 'applied' },
    });
  });

  it('is in etcd, with the presence of the host beside it', async () => {
    const status = await inEtcd(
      ({ outcome, versions }) => outcome?.kind === 'applied' && versions.haproxy !== undefined,
    );
    expect(status).toMatchObject({ host: 'lb-1', leftOutCount: 0, drift: [] });
    expect(status.versions.haproxy).toMatch(/^\d/);
    await waitFor('the presence', async () => {
      const value = await fleet.etcd.get(ALIVE_KEY);
      return when(value?.includes(status.startedAt) === true, String(value));
    });
  });

  it('names the Services that are left out, and why', async () => {
    const bad = { service: 'elsewhere', bind: '192.0.2.1:81', nodePort: 30001 };
    await fleet.etcd.put(handWrittenText(fleet.nodes.list(), [shop(30002), bad]));
    await served(30002);
    expect(await until(/left out +default\/elsewhere port web: .*no interface/)).toBe(1);
    const status = await inEtcd(({ leftOutCount }) => leftOutCount === 1);
    expect(status.leftOut[0]?.sources).toEqual([{ namespace: 'default', service: 'elsewhere', port: 'web' }]);
    expect(status.applied?.hash).not.toBe(status.seen?.hash);
  });

  it('is shown while etcd is down, too', async () => {
    await fleet.etcd.put(text(30001));
    await served(30001);
    await fleet.etcd.stop();
    expect(await until(/NOT IN SYNC: etcd has not been heard since 20/)).toBe(1);
    expect(await until(/config +revision \d+ \(reload\)/)).toBe(1);
    await served(30001);
    await fleet.etcd.start();
    expect(await until(/^lb-1: in sync$/m)).toBe(0);
  });

  it('reports that HAProxy is down', async () => {
    await host.stopHaproxy();
    expect(await until(/HAProxy isn't running/)).toBe(1);
    await host.startHaproxy();
    expect(await until(/^lb-1: in sync$/m, 20_000)).toBe(0);
  });

  it('stays in etcd when the agent ends, while the presence is deleted at once', async () => {
    await host.stopConsumer();
    expect(await fleet.etcd.get(ALIVE_KEY)).toBeUndefined();
    expect(parseHostStatus((await fleet.etcd.get(STATUS_KEY)) ?? '').kind).toBe('status');
    expect(
      await until(/NOT IN SYNC: the agent isn't running; what follows is the status it wrote last/),
    ).toBe(1);
  });
});
