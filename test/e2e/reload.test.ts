import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cluster } from '../support/kube/cluster.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { startLoad } from '../support/measuring/load.ts';
import { openUpgraded } from '../support/fleet/long-connection.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { Question } from '../support/fleet/request.ts';
import { ask } from '../support/fleet/request.ts';

const NODES = ['worker-a', 'worker-b'];
const CHANGES = 5;

/** A change of one Service doesn't affect the others: no request fails, and no long connection is closed. */
onEachHaproxy('changes of one Service', (haproxyBinary) => {
  let fleet: Fleet;
  let cluster: Cluster;
  const steady = { port: 80, host: 'steady.example.com' };
  const service = (name: string, nodePort: number, hostname = `${name}.example.com`): Manifest =>
    serviceManifest({ name, nodePort, options: { 'listen-port': '80', 'use-ssl': 'false', hostname } });
  const everywhere = (): Question[] => fleet.hosts.map(({ address }) => ({ ...steady, address }));

  async function changeOften(): Promise<void> {
    for (let version = 1; version <= CHANGES; version += 1) {
      const hostname = `v${String(version)}.example.com`;
      await cluster.apply(service('moving', 30002, hostname));
      await answersOnEveryHost(fleet, { port: 80, host: hostname }, { nodePort: 30002, nodes: NODES });
    }
  }

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary });
    await fleet.nodes.listen(30001, 30002);
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    await cluster.apply(service('steady', 30001));
    fleet.startProducer(cluster.source);
    await answersOnEveryHost(fleet, steady, { nodePort: 30001, nodes: NODES });
  });
  afterAll(() => fleet.close());

  it('fail no request of another Service, over kept or new connections', async () => {
    const targets = everywhere().map((question) => ({ ...question, nodePort: 30001 }));
    const load = await startLoad({ targets, perSecond: 200, limitMs: 5000 }, fleet.logs);
    await changeOften();
    const report = await load.stop();
    expect(report).toMatchObject({ failed: 0, failures: [] });
    expect(report.sent).toBeGreaterThan(200);
  });

  it('close no upgraded connection and break off no long answer', async () => {
    const connections = await Promise.all(everywhere().map(openUpgraded));
    const answers = everywhere().map((question) =>
      ask({ ...question, path: '/stream?ms=3000', limitMs: 10_000 }),
    );
    await changeOften();
    for (const connection of connections) {
      expect(NODES).toContain(connection.node);
      expect(await connection.echo('still there')).toBe('still there');
      connection.close();
    }
    for (const answer of await Promise.all(answers)) {
      expect(answer.error).toBeUndefined();
      expect(answer.body.split('\n').length).toBeGreaterThan(20);
    }
  });
});
