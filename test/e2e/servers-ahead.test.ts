import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cluster } from '../support/cluster.ts';
import { createManifestFolder } from '../support/cluster.ts';
import { answersOnEveryHost, everyHostAnswers, isUnserved } from '../support/everywhere.ts';
import type { Fleet } from '../support/fleet.ts';
import { startFleet } from '../support/fleet.ts';
import { waitForEvent } from '../support/log-events.ts';
import type { Manifest } from '../support/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/manifests.ts';
import { workers } from '../support/measuring/machine.ts';
import { onEachHaproxy } from '../support/on-each-haproxy.ts';
import { waitFor, when } from '../support/wait.ts';

const [NODE_PORT, HOST] = [30001, 'shop.example.com'];

function web(name: string, hostname: string): Manifest {
  const options = { 'listen-port': '8080', 'use-ssl': 'false', hostname };
  return serviceManifest({ name, nodePort: NODE_PORT, options });
}

onEachHaproxy('a reload has to wait, and servers don’t', (haproxyBinary) => {
  let fleet: Fleet;
  let cluster: Cluster;
  let before: readonly string[];
  const question = { port: 8080, host: HOST };
  const servesFrom = (node: string): Promise<void> =>
    answersOnEveryHost(fleet, question, { nodePort: NODE_PORT, nodes: [node] });
  const workersNow = (): Promise<string[]> => Promise.all(fleet.hosts.map(workers));

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, consumers: false, nodes: ['worker-a', 'worker-b'] });
    await fleet.nodes.listen(NODE_PORT);
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    const [first] = fleet.nodes.list();
    if (first === undefined) throw new Error('no node');
    await cluster.apply(nodeManifest(first));
    await cluster.apply(web('shop', HOST));
    for (const host of fleet.hosts) host.startConsumer('--reload-burst=1', '--reload-interval=10m');
    fleet.startProducer(cluster.source);
    await servesFrom('worker-a');
    await Promise.all(fleet.hosts.map((host) => host.waitUntilReady()));
    before = await workersNow();
    await cluster.apply(web('late', 'late.example.com'));
    for (const host of fleet.hosts)
      await waitForEvent(host.consumer(), ({ msg }) => msg === 'apply.postponed');
  });
  afterAll(() => fleet.close());

  it('a new Node is asked, while the new Service waits', async () => {
    const [, second] = fleet.nodes.list();
    if (second === undefined) throw new Error('no second node');
    await cluster.apply(nodeManifest(second));
    await servesFrom('worker-b');
    await everyHostAnswers(fleet, { ...question, host: 'late.example.com' }, isUnserved);
    expect(await workersNow()).toEqual(before);
  });

  it('the status says so: an older revision runs, with its servers changed', async () => {
    const { stdout } = await fleet.host('lb-1').runConsumer('status', '--output=json');
    expect(JSON.parse(stdout)).toMatchObject({
      inSync: false,
      status: {
        applied: { how: 'runtime' },
        outcome: { kind: 'postponed', summary: expect.stringContaining('servers') as string },
      },
    });
    const { status } = JSON.parse(stdout) as {
      status: { seen: { revision: string }; applied: { revision: string } };
    };
    expect(Number(status.applied.revision)).toBeLessThan(Number(status.seen.revision));
  });

  it('a Node that goes is asked no more', async () => {
    const [first] = fleet.nodes.list();
    if (first === undefined) throw new Error('no node');
    await cluster.delete(nodeManifest(first));
    for (const host of fleet.hosts)
      await waitFor(`${host.name} has no worker-a any more`, async () => {
        const shown = await host.runtime('show servers state');
        return when(!shown.includes(' worker-a '), shown);
      });
    expect(await workersNow()).toEqual(before);
  });

  it('a consumer that starts again finds what runs, and reloads once for all of it', async () => {
    const [host] = fleet.hosts;
    if (host === undefined) throw new Error('no host');
    await host.stopConsumer();
    host.startConsumer();
    await host.waitUntilReady();
    expect(host.dynamicConfig()).toBe(await fleet.etcd.get());
    const events = await waitForEvent(
      host.consumer(),
      ({ msg, method }) => msg === 'apply.applied' && method === 'reload',
    );
    expect(events['leftOut']).toEqual([]);
    await answersOnEveryHost(
      { ...fleet, hosts: [host] },
      { ...question, host: 'late.example.com' },
      { nodePort: NODE_PORT, nodes: ['worker-b'] },
    );
  });
});
