import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadReport } from '../support/measuring/load-protocol.ts';
import { startLoad } from '../support/measuring/load.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { askTcp, servedBy, waitForAnswer } from '../support/fleet/request.ts';
import type { HandWritten } from '../support/fleet/texts.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

/** If a bind fails, HAProxy stops every listener for 2 s; a request that takes longer than this reveals it. */
const LONGEST_WAIT_MS = 1_800;
const NODES = ['worker-a', 'worker-b'];
const SHOP: HandWritten = { service: 'shop', bind: '*:80', nodePort: 30001 };
const TAKEN: HandWritten = { service: 'taken', bind: '*:8080', nodePort: 30002 };
const ELSEWHERE: HandWritten = { service: 'elsewhere', bind: '10.99.7.7:80', nodePort: 30002 };

onEachHaproxy('a bind that HAProxy can’t open', (haproxyBinary) => {
  let fleet: Fleet;
  let holder: RunningProcess;
  const put = (...services: readonly HandWritten[]): Promise<void> =>
    fleet.etcd.put(handWrittenText(fleet.nodes.list(), services));
  const shopQuestion = { port: 80, host: 'shop.example.com' };

  /** Makes a change while another Service is under load. */
  async function underLoad(change: () => Promise<void>): Promise<LoadReport> {
    const targets = fleet.hosts.map(({ address }) => ({ ...shopQuestion, address, nodePort: SHOP.nodePort }));
    const load = await startLoad({ targets, perSecond: 200, limitMs: 5000 }, fleet.logs);
    await change();
    return load.stop();
  }

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary });
    await fleet.nodes.listen(30001, 30002);
    await put(SHOP);
    await answersOnEveryHost(fleet, shopQuestion, { nodePort: SHOP.nodePort, nodes: NODES });
    const [first] = fleet.hosts;
    if (first === undefined) throw new Error('a fleet has hosts');
    await hold(first);
  });
  afterAll(() => fleet.close());

  /** Starts a program that holds the port of a Service; it fails if HAProxy has the port. */
  async function hold(host: LoadBalancerHost): Promise<void> {
    const script = `require('node:net').createServer((s) => s.end('taken\\n')).listen(8080, '0.0.0.0')`;
    holder = host.startProgram('holder', [process.execPath, '-e', script]);
    await waitFor('the port is held', async () =>
      when((await askTcp(host.address, 8080)) === 'taken', 'nobody'),
    );
  }

  it('because another program holds the port: its Service is named, and no other request fails or waits', async () => {
    const report = await underLoad(async () => {
      await put(SHOP, TAKEN);
      const event = await waitForEvent(
        fleet.host('lb-1').consumer(),
        ({ leftOut }) => Array.isArray(leftOut) && leftOut.length > 0,
      );
      expect(event).toMatchObject({
        leftOut: [
          { bind: { word: '*:8080' }, sources: [{ namespace: 'default', service: 'taken', port: 'web' }] },
        ],
      });
      const question = { address: fleet.host('lb-2').address, port: 8080, host: 'taken.example.com' };
      await waitForAnswer(question, servedBy(question, { nodePort: TAKEN.nodePort, nodes: NODES }));
    });
    expect(report).toMatchObject({ failed: 0, failures: [] });
    expect(report.slowestMs).toBeLessThan(LONGEST_WAIT_MS);
  });

  it('makes `consumer apply` exit with 1 and name it', async () => {
    const host = fleet.host('lb-1');
    await host.stopConsumer();
    const { code, stdout } = await host.runConsumer('apply');
    expect(code).toBe(1);
    expect(stdout).toMatch(/\*:8080/);
    expect(stdout).toMatch(/default\/taken/);
    host.startConsumer();
  });

  it('is left to that program when it restarts, and is served after SIGHUP once the port is free', async () => {
    const host = fleet.host('lb-1');
    // The agent has just started: it has to see the program hold the port for more than a moment.
    await delay(5_000);
    const after = logEvents(host.consumer()).length;
    await holder.kill();
    await waitForEvent(
      host.consumer(),
      ({ leftOut }) => JSON.stringify(leftOut ?? []).includes('may only be restarting'),
      { after, limitMs: 30_000 },
    );
    await hold(host);
    await holder.kill();
    host.consumer().signal('SIGHUP');
    await answersOnEveryHost(
      fleet,
      { port: 8080, host: 'taken.example.com' },
      { nodePort: TAKEN.nodePort, nodes: NODES },
      { limitMs: 45_000 },
    );
  });

  it('because no host has the address: the same', async () => {
    const report = await underLoad(async () => {
      await put(SHOP, TAKEN, ELSEWHERE);
      for (const host of fleet.hosts) {
        const event = await waitForEvent(host.consumer(), ({ leftOut }) =>
          JSON.stringify(leftOut ?? []).includes('elsewhere'),
        );
        expect(event).toMatchObject({
          leftOut: [
            {
              bind: { word: '10.99.7.7:80' },
              sources: [{ namespace: 'default', service: 'elsewhere', port: 'web' }],
            },
          ],
        });
      }
    });
    expect(report).toMatchObject({ failed: 0, failures: [] });
    expect(report.slowestMs).toBeLessThan(LONGEST_WAIT_MS);
  });

  it('because outgoing connections may take the port: it comes once an operator has reserved it', async () => {
    const outgoing: HandWritten = { service: 'outgoing', bind: '*:44858', nodePort: 30002 };
    const report = await underLoad(async () => {
      await put(SHOP, outgoing);
      for (const host of fleet.hosts)
        await waitForEvent(host.consumer(), ({ leftOut }) =>
          /44858.*ip_local_port_range/.test(JSON.stringify(leftOut ?? [])),
        );
      for (const host of fleet.hosts) {
        const reserve = 'echo 44000-45000 > /proc/sys/net/ipv4/ip_local_reserved_ports && echo reserved';
        await host.startProgram(`reserve-${host.name}`, ['sh', '-c', reserve]).waitForLog(/^reserved/m);
      }
      const question = { port: 44_858, host: 'outgoing.example.com' };
      const expected = { nodePort: outgoing.nodePort, nodes: NODES };
      await answersOnEveryHost(fleet, question, expected, { limitMs: 45_000 });
    });
    expect(report).toMatchObject({ failed: 0, failures: [] });
    expect(report.slowestMs).toBeLessThan(LONGEST_WAIT_MS);
  });
});
