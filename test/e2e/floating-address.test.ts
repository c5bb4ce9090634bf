import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { waitForAnswer } from '../support/fleet/request.ts';
import type { HandWritten } from '../support/fleet/texts.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { runChecked } from '../support/sandbox/processes.ts';
import { programPath } from '../support/sandbox/programs.ts';
import { waitFor } from '../support/sandbox/wait.ts';

const FLOATING = '10.99.50.1';
const LEFT_OUT = /left out +default\/moving port web: .*no interface of this host has the address/;

/** The address of keepalived or the like: it is on one host at a time. */
onEachHaproxy('a listen address that moves between hosts', (haproxyBinary) => {
  let fleet: Fleet;
  let host: LoadBalancerHost;
  const shop = (nodePort: number): HandWritten => ({ service: 'shop', bind: '*:80', nodePort });
  const moving: HandWritten = { service: 'moving', bind: `${FLOATING}:81`, nodePort: 30001 };

  const put = (...services: readonly HandWritten[]): Promise<void> =>
    fleet.etcd.put(handWrittenText(fleet.nodes.list(), services));
  const move = (verb: 'add' | 'delete'): Promise<string> =>
    runChecked([programPath('ip'), '-n', host.name, 'address', verb, `${FLOATING}/16`, 'dev', 'eth0']);
  const answers = async (address: string, port: number, nodePort: number): Promise<number> => {
    const question = { address, port, host: 'shop.example.com', limitMs: 500 };
    const found = await waitForAnswer(
      question,
      ({ status, echo }) => status === 200 && echo?.port === nodePort,
      {
        limitMs: 30_000,
      },
    );
    return found.ms;
  };
  const untilStatus = (expected: RegExp): Promise<number | null> =>
    waitFor(
      `status says ${String(expected)}`,
      async () => {
        const { code, stdout, stderr } = await host.runConsumer('status');
        return expected.test(stdout) ? { done: code } : { pending: stdout + stderr };
      },
      { limitMs: 20_000, everyMs: 200 },
    );

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, hosts: ['lb-1'] });
    host = fleet.host('lb-1');
    await fleet.nodes.listen(30001, 30002);
  });
  afterAll(() => fleet.close());

  it('is left out while the address is on another host, and status says why', async () => {
    await put(shop(30001), moving);
    await answers(host.address, 80, 30001);
    expect(await untilStatus(LEFT_OUT)).toBe(1);
  });

  it('is served within seconds after the address comes', async () => {
    await move('add');
    expect(await answers(FLOATING, 81, 30001)).toBeLessThan(10_000);
    expect(await untilStatus(/^lb-1: in sync$/m)).toBe(0);
  });

  it('stays bound when the address goes, over reloads, so that it is served at once when it comes back', async () => {
    await move('delete');
    await put(shop(30002), moving, { service: 'other', bind: '*:82', nodePort: 30002 });
    await answers(host.address, 82, 30002);
    expect(await untilStatus(/^lb-1: in sync$/m)).toBe(0);
    await move('add');
    expect(await answers(FLOATING, 81, 30001)).toBeLessThan(1_000);
    await move('delete');
  });

  it('keeps a HAProxy that is restarted without it from starting, until the agent has written the file without it', async () => {
    await host.stopConsumer();
    await host.stopHaproxy();
    await expect(host.startHaproxy()).rejects.toThrow(/cannot bind socket[^\n]*10\.99\.50\.1:81/);
    host.startConsumer();
    await waitFor('the file is written without the address', () => {
      const text = host.dynamicConfig();
      return text.includes(FLOATING) ? { pending: text } : { done: text };
    });
    await host.startHaproxy();
    await answers(host.address, 82, 30002);
    expect(await untilStatus(LEFT_OUT)).toBe(1);
  });

  it('with ip_nonlocal_bind is bound on every host, so that HAProxy starts without it and serves it when it comes', async () => {
    await host.run(['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind']);
    host.consumer().signal('SIGHUP');
    expect(await untilStatus(/^lb-1: in sync$/m)).toBe(0);
    await host.stopHaproxy();
    await host.startHaproxy();
    await answers(host.address, 82, 30002);
    await move('add');
    expect(await answers(FLOATING, 81, 30001)).toBeLessThan(1_000);
    expect(await untilStatus(/^lb-1: in sync$/m)).toBe(0);
  });
});
