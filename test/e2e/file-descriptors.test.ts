import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { evilService } from '../support/fleet/hostile-services.ts';
import { waitForEvent } from '../support/fleet/log-events.ts';
import { limitedHaproxy } from '../support/haproxy/limited-haproxy.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { Load } from '../support/measuring/load.ts';
import { startLoad } from '../support/measuring/load.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const NODES = ['worker-a', 'worker-b'];
const [SHOP, PAY] = [30001, 30002];
/** A change of an honest Service has to be served within this time, on a machine that does other work besides. */
const IN_TIME_MS = 15_000;
/** What was left out is tried again after 2, 4, 8, 16 … seconds. */
const LATER_MS = 60_000;
const REQUESTS_PER_SECOND = 50;
/** Of an agent that can't count: two, then what is new is left out. */
const FAILED_RELOADS = 2;
/**
 * So many that two Services with 200 ports on two nodes fit, and no third one: 8,000 are for `maxconn 4000`, and without
 * `maxconn` HAProxy makes do with 200.
 */
const LIMITS: readonly [string, number][] = [
  ['maxconn', 9_000],
  ['no maxconn', 1_250],
];

onEachHaproxy('with more servers than HAProxy has file descriptors', (haproxyBinary) => {
  describe.each(LIMITS)('and %s', (maxconn, most) => attack(haproxyBinary, maxconn, most));
  describe('and an agent that can’t count them', () => uncounted(haproxyBinary));
});

/** Without the runtime socket the agent doesn't know HAProxy's limit: the reload fails, and HAProxy names nobody. */
function uncounted(haproxyBinary: string): void {
  let fleet: Fleet;
  let cluster: Cluster;
  let load: Load;
  const honest = (hostname: string): Manifest =>
    serviceManifest({
      name: 'shop',
      namespace: 'shop',
      nodePort: SHOP,
      options: { 'listen-port': '8080', 'use-ssl': 'false', hostname },
    });
  const served = (host: string, limitMs: number): Promise<void> =>
    answersOnEveryHost(fleet, { port: 8080, host }, { nodePort: SHOP, nodes: NODES }, { limitMs });

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary: limitedHaproxy(haproxyBinary, 9_000), consumers: false });
    await fleet.nodes.listen(SHOP);
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    await cluster.apply(honest('shop.example.com'));
    for (const host of fleet.hosts) host.startConsumer('--haproxy-runtime-socket=/nowhere/admin.sock');
    fleet.startProducer(cluster.source);
    await served('shop.example.com', IN_TIME_MS);
    const targets = fleet.hosts.map(({ address }) => ({
      ...{ address, port: 8080, host: 'shop.example.com', nodePort: SHOP },
    }));
    load = await startLoad({ targets, perSecond: REQUESTS_PER_SECOND, limitMs: 5_000 }, fleet.logs);
  });
  afterAll(() => fleet.close());

  it('after two reloads that fail, what is new stays out, and what others change is served', async () => {
    for (const name of ['a', 'b', 'c'])
      await cluster.apply(
        evilService(name, 200, (index) => ({
          hostname: `p${String(index)}.${name}.example.net`,
          'listen-port': '8080',
          'use-ssl': 'false',
        })),
      );
    await cluster.apply(honest('shop.example.com,later.example.com'));
    // The second try comes 15 s after the first one, the third one 30 s later.
    await served('later.example.com', 90_000);
    for (const host of fleet.hosts)
      await waitForEvent(host.consumer(), ({ leftOut }) =>
        JSON.stringify(leftOut ?? []).includes("HAProxy didn't start with the text and named nobody"),
      );
    const { sent, failed, failures } = await load.stop();
    expect(sent).toBeGreaterThan(0);
    // While a reload fails, HAProxy pauses its listeners: what waits in their queues then is reset.
    expect(failed, failures.join('; ')).toBeLessThanOrEqual(FAILED_RELOADS);
  }, 150_000);
}

function attack(haproxyBinary: string, maxconn: string, most: number): void {
  let fleet: Fleet;
  let cluster: Cluster;
  let load: Load;
  let changes = 0;

  const honest = (name: string, nodePort: number, hostname: string): Manifest =>
    serviceManifest({
      name,
      namespace: name,
      nodePort,
      options: { 'listen-port': '8080', 'use-ssl': 'false', hostname },
    });
  const served = (host: string, nodePort: number): Promise<void> =>
    answersOnEveryHost(fleet, { port: 8080, host }, { nodePort, nodes: NODES }, { limitMs: IN_TIME_MS });
  const evil = (name: string, count = 200): Manifest =>
    evilService(name, count, (index) => ({
      hostname: `p${String(index)}.${name}.example.net`,
      'listen-port': '8080',
      'use-ssl': 'false',
    }));
  /** Changes an honest Service, and waits until each host serves the change. */
  async function honestChange(): Promise<void> {
    changes += 1;
    const name = `shop-${String(changes)}.example.com`;
    await cluster.apply(honest('shop', SHOP, `shop.example.com,${name}`));
    await served(name, SHOP);
  }
  const leftOutAfter = async (after: number, pattern: RegExp): Promise<void> => {
    for (const host of fleet.hosts)
      await waitForEvent(host.consumer(), ({ leftOut }) => pattern.test(JSON.stringify(leftOut ?? [])), {
        after,
      });
  };
  const backendsOf = (service: string): number[] =>
    fleet.hosts.map(
      (host) => host.dynamicConfig().match(new RegExp(`^backend .*_evil_${service}_`, 'gm'))?.length ?? 0,
    );

  beforeAll(async () => {
    fleet = await startFleet({
      haproxyBinary: limitedHaproxy(haproxyBinary, most),
      haproxy: false,
      consumers: false,
    });
    for (const host of fleet.hosts) {
      const base = readFileSync(host.baseConfig, 'utf8');
      if (maxconn !== 'maxconn') writeFileSync(host.baseConfig, base.replace('  maxconn 4000\n', ''));
      await host.startHaproxy();
    }
    await fleet.nodes.listen(SHOP, PAY);
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    await cluster.apply(honest('shop', SHOP, 'shop.example.com'));
    for (const host of fleet.hosts) host.startConsumer('--reload-burst=100', '--reload-interval=100ms');
    fleet.startProducer(cluster.source);
    await served('shop.example.com', SHOP);
    const targets = fleet.hosts.map(({ address }) => ({
      ...{ address, port: 8080, host: 'shop.example.com', nodePort: SHOP },
    }));
    load = await startLoad({ targets, perSecond: REQUESTS_PER_SECOND, limitMs: 5_000 }, fleet.logs);
  });
  afterAll(() => fleet.close());

  it('those of one namespace stay out, and what others change is served', async () => {
    for (const name of ['a', 'b', 'c']) await cluster.apply(evil(name));
    await honestChange();
    await leftOutAfter(0, new RegExp(`"evil".*more than the ${String(most)} that it may have`));
    await honestChange();
    // A new Service of somebody else has precedence over what the namespace asks for.
    await cluster.apply(honest('pay', PAY, 'pay.example.com'));
    await served('pay.example.com', PAY);
    const counts = ['a', 'b', 'c'].map(backendsOf);
    for (const [index] of fleet.hosts.entries())
      expect(counts.map((of) => of[index]).sort()).toEqual([0, 200, 200]);
    for (const host of fleet.hosts) expect(host.consumer().log()).not.toMatch(/apply\.(?:rejected|failed)/);
  });

  it('and come once there is room, without anybody’s help', async () => {
    const gone = ['a', 'b', 'c'].find((name) => backendsOf(name)[0] === 200) ?? '';
    await cluster.delete(evil(gone));
    const rest = ['a', 'b', 'c'].filter((name) => name !== gone);
    await honestChange();
    await waitFor(
      'the others of the namespace',
      () =>
        when(
          rest.flatMap(backendsOf).every((count) => count === 200),
          rest.flatMap(backendsOf).join(),
        ),
      { limitMs: LATER_MS },
    );
  });

  it('and no request of the others failed meanwhile', async () => {
    const { sent, failed, failures } = await load.stop();
    expect(sent).toBeGreaterThan(0);
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
  });
}
