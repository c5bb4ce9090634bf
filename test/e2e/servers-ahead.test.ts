import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../support/kube/cluster.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import { answersOnEveryHost, everyHostAnswers, isUnserved } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { HandWritten } from '../support/fleet/texts.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { workers } from '../support/measuring/machine.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const [NODE_PORT, HOST] = [30001, 'shop.example.com'];

function web(name: string, hostname: string): Manifest {
  const options = { 'listen-port': '8080', 'use-ssl': 'false', hostname };
  return serviceManifest({ name, nodePort: NODE_PORT, options });
}

onEachHaproxy('servers change while a reload waits', (haproxyBinary) => {
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

  it('a new Node gets requests, while the new Service waits', async () => {
    const [, second] = fleet.nodes.list();
    if (second === undefined) throw new Error('no second node');
    await cluster.apply(nodeManifest(second));
    await servesFrom('worker-b');
    await everyHostAnswers(fleet, { ...question, host: 'late.example.com' }, isUnserved);
    expect(await workersNow()).toEqual(before);
  });

  it('the status shows that an older revision runs, with changed servers', async () => {
    const stdout = await waitFor('the status is written', async () => {
      const { stdout: shown } = await fleet.host('lb-1').runConsumer('status', '--output=json');
      return /"summary": "postponed.*servers/.test(shown) ? { done: shown } : { pending: shown };
    });
    expect(JSON.parse(stdout)).toMatchObject({
      inSync: false,
      status: { applied: { how: 'runtime' }, outcome: { kind: 'postponed' } },
    });
    const { status } = JSON.parse(stdout) as {
      status: { seen: { revision: string }; applied: { revision: string } };
    };
    expect(Number(status.applied.revision)).toBeLessThan(Number(status.seen.revision));
  });

  it('a removed Node gets no more requests', async () => {
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

  it('a restarted consumer determines what runs, and reloads once for all waiting changes', async () => {
    const [host] = fleet.hosts;
    if (host === undefined) throw new Error('no host');
    await host.stopConsumer();
    host.startConsumer();
    await host.waitUntilReady();
    expect(host.dynamicConfig()).toBe(await fleet.etcd.get());
    const event = await waitForEvent(
      host.consumer(),
      ({ msg, method }) => msg === 'apply.applied' && method === 'reload',
    );
    expect(event['leftOut']).toEqual([]);
    await answersOnEveryHost(
      { ...fleet, hosts: [host] },
      { ...question, host: 'late.example.com' },
      { nodePort: NODE_PORT, nodes: ['worker-b'] },
    );
  });
});

describe('servers change while a reload waits and a Service is left out', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ hosts: ['lb-1'], consumers: false, nodes: ['worker-a', 'worker-b'] });
    await fleet.nodes.listen(NODE_PORT);
  });
  afterAll(() => fleet.close());

  it('a retry of the Service that is left out doesn’t delay servers', async () => {
    const host = fleet.host('lb-1');
    const service = (name: string, bind: string): HandWritten => ({
      service: name,
      bind,
      nodePort: NODE_PORT,
    });
    const [shop, late] = [service('shop', '*:8080'), service('late', '*:8081')];
    const bad = service('bad', '192.0.2.1:8082');
    const publish = (nodes: number, services: readonly HandWritten[]): Promise<unknown> =>
      fleet.etcd.put(
        handWrittenText(fleet.nodes.list().slice(0, nodes), services).replaceAll(
          '  option redispatch',
          '  balance roundrobin\n  option redispatch',
        ),
      );
    const postponed = (after: number): Promise<unknown> =>
      waitForEvent(host.consumer(), ({ msg }) => msg === 'apply.postponed', { after });
    await publish(1, [shop, bad]);
    host.startConsumer('--reload-burst=1', '--reload-interval=10m');
    await host.waitUntilReady();
    await publish(1, [shop, bad, late]);
    await postponed(0);
    const tried = logEvents(host.consumer()).length;
    process.kill(host.consumer().pid, 'SIGHUP');
    await postponed(tried);
    await publish(2, [shop, bad, late]);
    await answersOnEveryHost(fleet, { port: 8080, host: HOST }, { nodePort: NODE_PORT, nodes: ['worker-b'] });
  });
});
