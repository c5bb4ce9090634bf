import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { waitForEvent } from '../support/fleet/log-events.ts';
import { ask } from '../support/fleet/request.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { Load } from '../support/measuring/load.ts';
import { startLoad } from '../support/measuring/load.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

type Options = Readonly<Record<string, string>>;

const NODES = ['worker-a', 'worker-b'];
const [SHOP, EVIL, ...BLOG] = [30001, 30666, 30004, 30005] as const;
const PLAIN = { 'use-ssl': 'false', 'listen-port': '80' };
/** A loop fills HAProxy's limit, which is 4,000 connections here, with two for each turn. */
const MOST_CONNECTIONS = 200;
/** How long an honest change may take beside an attack. */
const IN_TIME = { limitMs: 5_000 };

onEachHaproxy('nobody leads HAProxy to itself', (haproxyBinary) => {
  let fleet: Fleet;
  let cluster: Cluster;
  let producer: RunningProcess;
  let load: Load;
  let changes = 0;

  const apply = async (owner: string, nodePort: number, options: Options): Promise<void> => {
    const [namespace = '', name = ''] = owner.split('/');
    const own = { 'backends-use-ssl': 'false', ...options };
    await cluster.apply(serviceManifest({ namespace, name, nodePort, options: own }));
  };
  const changesInTime = async (): Promise<void> => {
    changes += 1;
    const nodePort = BLOG[changes % 2] ?? 0;
    await apply('blog/web', nodePort, { ...PLAIN, hostname: 'blog.example.com' });
    const question = { port: 80, host: 'blog.example.com' };
    await answersOnEveryHost(fleet, question, { nodePort, nodes: NODES }, IN_TIME);
  };
  const shopServed = (): Promise<void> =>
    answersOnEveryHost(
      fleet,
      { port: 80, host: 'shop.example.com' },
      { nodePort: SHOP, nodes: NODES },
      IN_TIME,
    );
  const inText = (what: string): Promise<unknown> =>
    waitFor(`the text has ${what}`, async () => {
      const text = (await fleet.etcd.get()) ?? '';
      return when(text.includes(what), text);
    });
  /** Sends a few requests to a port of each host, and returns the most connections that a host has then. */
  const connectionsAfter = async (port: number): Promise<number> => {
    const questions = fleet.hosts.flatMap(({ address }) =>
      Array.from({ length: 5 }, () => ask({ address, port, host: 'evil.example.com', limitMs: 500 })),
    );
    await Promise.all(questions);
    const infos = await Promise.all(fleet.hosts.map((host) => host.runtime('show info')));
    return Math.max(...infos.map((info) => Number(/^CurrConns: (\d+)/m.exec(info)?.[1])));
  };
  const leftOutOn = (name: string, reason: RegExp): Promise<unknown> =>
    waitForEvent(fleet.host(name).consumer(), ({ leftOut }) => reason.test(JSON.stringify(leftOut ?? [])));

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary });
    await fleet.nodes.listen(SHOP, ...BLOG);
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    // The first host is a Node as well, and nothing answers on node ports there.
    await cluster.apply(nodeManifest({ name: 'lb-1', address: fleet.host('lb-1').address }));
    await apply('shop/web', SHOP, { ...PLAIN, hostname: 'shop.example.com' });
    await apply('blog/web', BLOG[0], { ...PLAIN, hostname: 'blog.example.com' });
    producer = fleet.startProducer(cluster.source);
    await shopServed();
    const targets = fleet.hosts.map(({ address }) => ({
      ...{ address, port: 80, host: 'shop.example.com', nodePort: SHOP },
    }));
    load = await startLoad({ targets, perSecond: 150, limitMs: 5_000 }, fleet.logs);
  });
  afterAll(() => fleet.close());

  it.each<[string, number, Options]>([
    ['its own', EVIL, { ...PLAIN, 'listen-port': String(EVIL) }],
    ['that of another', EVIL, { ...PLAIN, 'listen-port': String(SHOP) }],
    ['its own, in tcp mode', EVIL + 1, { 'haproxy-mode': 'tcp', 'listen-port': String(EVIL + 1) }],
  ])(
    'a Service listens on a node port, %s: the bind is left out on the host that is a Node',
    async (what, nodePort, options) => {
      const name = `evil-${what.replaceAll(/[^a-z]+/g, '-')}`;
      await apply(`evil/${name}`, nodePort, options);
      await inText(`k8s-service_evil_${name}_web_backend`);
      await leftOutOn('lb-1', new RegExp(`"${name}".*HAProxy would connect to itself`));
      await changesInTime();
      expect(await connectionsAfter(Number(options['listen-port']))).toBeLessThan(MOST_CONNECTIONS);
      await shopServed();
      expect(fleet.host('lb-1').dynamicConfig()).toContain(`${fleet.host('lb-1').address}:${SHOP}`);
    },
  );

  it('a Service that listens on a port already takes it as node port: the host that is a Node has no such server', async () => {
    await apply('evil/late', EVIL + 2, { ...PLAIN, 'listen-port': '31000' });
    await waitFor('it listens', async () => {
      const { error } = await ask({ address: fleet.host('lb-1').address, port: 31000, host: 'x' });
      return when(error === undefined, String(error));
    });
    await apply('evil/late', 31000, { ...PLAIN, 'listen-port': '31000' });
    await waitForEvent(
      fleet.host('lb-1').consumer(),
      ({ msg, what }) => msg === 'own-servers.skipped' && String(what).includes('which listens on *:31000'),
    );
    expect(await connectionsAfter(31000)).toBeLessThan(MOST_CONNECTIONS);
    await waitFor('the other host has that server, which is none of its own addresses', () => {
      const text = fleet.host('lb-2').dynamicConfig();
      return Promise.resolve(when(text.includes(`${fleet.host('lb-1').address}:31000 check`), text));
    });
    await changesInTime();
    await shopServed();
  });

  it('none of the requests to the others failed meanwhile', async () => {
    const { failed, failures, sent } = await load.stop();
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
    expect(sent).toBeGreaterThan(100);
  });

  it('with --node-network of the other Nodes, that host is no server at all', async () => {
    await producer.stop();
    producer = fleet.startProducer(
      cluster.source,
      ...fleet.nodes.list().map(({ address }) => `--node-network=${address}/32`),
    );
    await waitForEvent(
      producer,
      ({ msg, subject, code }) =>
        msg === 'diagnostic.appeared' && subject === 'Node lb-1' && code === 'node-without-address',
    );
    await waitForEvent(fleet.host('lb-1').consumer(), ({ msg }) => msg === 'own-servers.recovered');
    await shopServed();
    for (const host of fleet.hosts)
      await waitFor(`${host.name} has no such server`, () => {
        const text = host.dynamicConfig();
        return Promise.resolve(when(!text.includes(`${fleet.host('lb-1').address}:`), text));
      });
    expect(await connectionsAfter(31000)).toBeLessThan(MOST_CONNECTIONS);
  });
});
