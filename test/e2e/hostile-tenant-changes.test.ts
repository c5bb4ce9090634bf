import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countersOf } from '../support/fleet/counters.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createKubeCluster } from '../support/kube/cluster.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import { type Manifest, nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { Load } from '../support/measuring/load.ts';
import { startLoad } from '../support/measuring/load.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const NODES = ['worker-a', 'worker-b'];
const [SHOP, PAY, EVIL, EVIL_NEXT] = [30001, 30002, 31001, 31002];
const HUGE = 31020;
/** The node ports of the Services that change, one each. */
const FLAPPING = [31010, 31011, 31012, 31013, 31014];
/** An object that the API server takes: 350 KB of host names, and more ports than may be served. */
const [HUGE_PORTS, HUGE_NAMES] = [2_400, 999];
const REQUESTS_PER_SECOND = 100;
const FLAP_MS = 150;
/** Less than a namespace without publications left waits; a reload waits up to two seconds for the one before it. */
const IN_TIME_MS = 9_000;
const [BURST, INTERVAL_MS] = [3, 10_000];
const HONEST_CHANGES = 3;

onEachHaproxy('a namespace that changes host names all the time', (haproxyBinary) => {
  let fleet: Fleet;
  let server: ApiServer;
  let cluster: Cluster;
  let producer: RunningProcess;
  let load: Load;

  const write = (path: string, nodePort: number, hostname: string): Promise<unknown> => {
    const [namespace = '', name = ''] = path.split('/');
    const options = { hostname, 'use-ssl': 'false', 'listen-port': '80' };
    return cluster.apply(serviceManifest({ namespace, name, nodePort, options }));
  };
  const liveWithin = (host: string, nodePort: number, limitMs: number): Promise<void> =>
    answersOnEveryHost(fleet, { port: 80, host }, { nodePort, nodes: NODES }, { limitMs });
  const publications = async (): Promise<number> => {
    const { stdout } = await fleet.etcd.etcdctl('get', DEFAULT_PATH, '-w', 'json');
    return (JSON.parse(stdout) as { kvs: readonly { version: number }[] }).kvs[0]?.version ?? 0;
  };
  const reloads = async (): Promise<readonly number[]> =>
    Promise.all(fleet.hosts.map(async (host) => (await countersOf(host)).reloads));

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, consumers: false });
    await fleet.nodes.listen(SHOP, PAY, EVIL, EVIL_NEXT, ...FLAPPING);
    server = await startApiServer(fleet);
    cluster = createKubeCluster(server);
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    await write('shop/shop', SHOP, 'shop.example.com');
    await write('pay/pay', PAY, 'pay.example.com');
    await write('evil/steady', EVIL, 'steady.example.net');
    for (const host of fleet.hosts) host.startConsumer();
    producer = fleet.startProducer(
      cluster.source,
      `--namespace-changes=${String(BURST)}`,
      `--namespace-interval=${String(INTERVAL_MS)}ms`,
    );
    await liveWithin('steady.example.net', EVIL, 20_000);
    const targets = fleet.hosts.map(({ address }) => ({
      address,
      port: 80,
      host: 'shop.example.com',
      nodePort: SHOP,
    }));
    load = await startLoad({ targets, perSecond: REQUESTS_PER_SECOND, limitMs: 5_000 }, fleet.logs);
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await fleet.close();
  });

  it('delays nobody else, and has its last word published', async () => {
    const before = await reloads();
    const began = performance.now();
    let written = 0;
    let isOn = true;
    let last = { host: '', nodePort: 0 };
    const flapping = (async (): Promise<void> => {
      for (; isOn; written += 1) {
        const turn = written % FLAPPING.length;
        last = { host: `e${String(written)}.example.net`, nodePort: FLAPPING[turn] ?? 0 };
        await write(`evil/e${String(turn)}`, last.nodePort, last.host);
        await delay(FLAP_MS);
      }
    })();
    for (let change = 1; change <= HONEST_CHANGES; change += 1) {
      await delay(INTERVAL_MS / 2);
      const host = `pay-${String(change)}.example.com`;
      await write('pay/pay', PAY, `pay.example.com,${host}`);
      await liveWithin(host, PAY, IN_TIME_MS);
    }
    await write('evil/steady', EVIL_NEXT, 'steady.example.net');
    // Its other Services wait with it.
    await liveWithin('steady.example.net', EVIL_NEXT, INTERVAL_MS + IN_TIME_MS);
    isOn = false;
    await flapping;
    const most = BURST + (performance.now() - began) / INTERVAL_MS + HONEST_CHANGES;
    for (const [index, after] of (await reloads()).entries())
      expect(after - (before[index] ?? 0)).toBeLessThanOrEqual(Math.ceil(most));
    expect(written).toBeGreaterThan(4 * most);
    await liveWithin(last.host, last.nodePort, INTERVAL_MS + IN_TIME_MS);
    await waitForEvent(producer, ({ msg }) => msg === 'namespace.resumed', { limitMs: 2 * INTERVAL_MS });
    const told = logEvents(producer).filter(({ msg }) => /^namespace\./.test(String(msg)));
    expect(told.map(({ msg, namespace }) => [msg, namespace])).toEqual([
      ['namespace.delayed', 'evil'],
      ['namespace.resumed', 'evil'],
    ]);
  });

  it('and delays nobody by a Service that is larger than it may be', async () => {
    const label = 'n'.repeat(60);
    const names = Array.from(
      { length: HUGE_NAMES },
      (_, index) => `n${String(index)}.${label}.${label}.${label}.example.net`,
    );
    for (let change = 1; change <= HONEST_CHANGES; change += 1) {
      const huge = serviceManifest({
        namespace: 'evil',
        name: 'huge',
        nodePort: HUGE,
        options: { hostname: names.slice(change).join(','), 'use-ssl': 'false', 'listen-port': '80' },
      });
      const web = (huge.spec?.['ports'] as readonly unknown[])[0];
      const udp = Array.from({ length: HUGE_PORTS }, (_, index) => ({
        name: `u${String(index)}`,
        port: 10_000 + index,
        protocol: 'UDP',
      }));
      await cluster.apply({ ...huge, spec: { ...huge.spec, ports: [web, ...udp] } });
      const host = `pay-huge-${String(change)}.example.com`;
      await write('pay/pay', PAY, `pay.example.com,${host}`);
      await liveWithin(host, PAY, IN_TIME_MS);
    }
    expect(logEvents(producer).filter(({ msg }) => msg === 'pass.failed')).toEqual([]);
  });

  it('and delays nobody by a Node that changes all the time, which keeps no host busy', async () => {
    const began = performance.now();
    const earlier = await publications();
    let written = 0;
    let isOn = true;
    const evil = (): Manifest =>
      nodeManifest({ name: 'aaa-evil', address: `10.66.0.${String((written % 200) + 1)}` });
    const flapping = (async (): Promise<void> => {
      for (; isOn; written += 1) {
        if (written % 2 === 0) await cluster.apply(evil());
        else await cluster.delete(evil());
        await delay(FLAP_MS);
      }
    })();
    for (let change = 1; change <= HONEST_CHANGES; change += 1) {
      await delay(INTERVAL_MS / 2);
      const host = `pay-node-${String(change)}.example.com`;
      await write('pay/pay', PAY, `pay.example.com,${host}`);
      // Requests that wait for the dead address keep old workers, and so reloads, longer than otherwise.
      await liveWithin(host, PAY, INTERVAL_MS + IN_TIME_MS);
    }
    isOn = false;
    await flapping;
    // Changes of the namespace that waited come besides.
    const most = BURST + (performance.now() - began) / INTERVAL_MS + HONEST_CHANGES + BURST;
    expect((await publications()) - earlier).toBeLessThanOrEqual(Math.ceil(most));
    expect(written).toBeGreaterThan(4 * most);
    await waitForEvent(producer, ({ msg, node }) => msg === 'node.delayed' && node === 'aaa-evil');
    await cluster.apply(evil());
    await cluster.delete(evil());
    await waitFor(
      'the Node is gone',
      async () => {
        const text = (await fleet.etcd.get()) ?? '';
        return when(!text.includes('aaa-evil'), 'it is a server still');
      },
      { limitMs: INTERVAL_MS + IN_TIME_MS },
    );
  });

  it('and no request of the others failed meanwhile', async () => {
    const { sent, failed, failures } = await load.stop();
    expect(sent).toBeGreaterThan(0);
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
  });
});
