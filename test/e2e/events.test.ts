import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../support/kube/cluster.ts';
import { createKubeCluster } from '../support/kube/cluster.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { kubectl } from '../support/images/pod.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

interface Event {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly metadata: { readonly namespace: string };
  readonly regarding: { readonly kind: string; readonly name: string };
}

function web(name: string, options: Readonly<Record<string, string>> = {}): Manifest {
  return serviceManifest({ name, nodePort: 0, options: { hostname: `${name}.example.com`, ...options } });
}

/** What a Service's owner sees without access to our programs: real API server, real kubectl, the shipped role. */
describe('Events', () => {
  let fleet: Fleet;
  let server: ApiServer;
  let cluster: Cluster;
  let producer: RunningProcess;

  beforeAll(async () => {
    fleet = await startFleet({ hosts: [], haproxy: false, consumers: false });
    server = await startApiServer(fleet);
    cluster = createKubeCluster(server);
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    producer = fleet.startProducer(cluster.source);
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await fleet.close();
  });

  async function eventsOn(name: string): Promise<readonly Event[]> {
    const { status, body } = await server.client.tryGet('/apis/events.k8s.io/v1/events');
    if (status !== 200) throw new Error(body);
    const { items } = JSON.parse(body) as { items: readonly Event[] };
    return items.filter(({ regarding }) => regarding.name === name);
  }

  async function summaries(name: string): Promise<readonly string[]> {
    return (await eventsOn(name)).map(({ type, reason }) => `${type} ${reason}`).sort();
  }

  async function waitForSummaries(name: string, expected: readonly string[]): Promise<void> {
    await waitFor(`${name} has ${expected.join(', ')}`, async () => {
      const now = (await summaries(name)).join(', ');
      return when(now === expected.join(', '), now);
    });
  }

  async function metric(result: string): Promise<number> {
    const response = await fetch('http://127.0.0.1:9640/metrics').catch(() => undefined);
    const pattern = new RegExp(`^kubefigurator_producer_events_total\\{result="${result}"\\} (\\d+)$`, 'm');
    return Number(pattern.exec((await response?.text()) ?? '')?.[1] ?? 0);
  }

  /** Adds a good Service and waits until it is published: then a pass is over, and its Events are on their way. */
  async function serves(name: string): Promise<void> {
    await cluster.apply(web(name));
    await waitFor(`${name} is published`, async () => {
      const text = await fleet.etcd.get();
      return when(text?.includes(`default/${name}`) === true, String(text));
    });
  }

  it('are one for a broken Service, which kubectl describe shows', async () => {
    await cluster.apply(web('shop', { 'listen-port': 'x' }));
    await waitForSummaries('shop', ['Warning InvalidValue']);
    await serves('other');
    await cluster.apply(web('shop', { 'listen-port': 'x', 'backends-balance-method': 'leastconn' }));
    await serves('third');
    expect(await summaries('shop')).toEqual(['Warning InvalidValue']);
    const described = await kubectl(server, 'describe', 'service', 'shop');
    expect(described).toMatch(
      /Warning\s+InvalidValue\s+\S+\s+kubefigurator\.io\/producer\s+port web: .*listen-port" is "x"/,
    );
    expect(await metric('created')).toBe(
      (await summaries('shop')).length + (await summaries('third')).length,
    );
  });

  it('are not repeated when the producer restarts', async () => {
    await producer.stop();
    producer = fleet.startProducer(cluster.source);
    await waitFor('it finds the Event', async () => when((await metric('known')) === 1, producer.tail()));
    expect(await summaries('shop')).toEqual(['Warning InvalidValue']);
    expect(await metric('created')).toBe(0);
  });

  it('report once that it is corrected, and again that it is broken', async () => {
    await cluster.apply(web('shop'));
    await waitForSummaries('shop', ['Normal InvalidValueResolved', 'Warning InvalidValue']);
    await cluster.apply(web('shop', { 'listen-port': 'x' }));
    await waitForSummaries('shop', [
      'Normal InvalidValueResolved',
      'Warning InvalidValue',
      'Warning InvalidValue',
    ]);
  });

  it('report a correction if our label is removed, and nothing if the Service is deleted', async () => {
    const label = web('label', { 'listen-port': 'x' });
    await cluster.apply(label);
    await cluster.apply(web('gone', { 'listen-port': 'x' }));
    await waitForSummaries('label', ['Warning InvalidValue']);
    await waitForSummaries('gone', ['Warning InvalidValue']);
    await cluster.delete(web('gone'));
    await cluster.apply({ ...label, metadata: { name: 'label', namespace: 'default' } });
    await waitForSummaries('label', ['Normal InvalidValueResolved', 'Warning InvalidValue']);
    expect(await summaries('gone')).toEqual(['Warning InvalidValue']);
  });

  it('warn of a label and an annotation of ours in capitals, which work once their case is corrected', async () => {
    const { metadata, ...rest } = web('capitals', { 'listen-port': '8443' });
    const option = 'haproxy-kubefigurator.web.listen-port';
    const { [option]: port = '', ...others } = metadata.annotations ?? {};
    const annotations = { ...others, [option.toUpperCase()]: port };
    const labels = { 'HAPROXY-KUBEFIGURATOR.ENABLED': 'yes' };
    await cluster.apply({ ...rest, metadata: { ...metadata, labels, annotations } });
    await waitForSummaries('capitals', ['Warning NearMissLabel']);
    await producer.waitForLog(/default\/capitals.*HAPROXY-KUBEFIGURATOR\.ENABLED.*diagnostic\.appeared/);
    expect(await fleet.etcd.get()).not.toContain('default/capitals');
    await cluster.apply({ ...rest, metadata: { ...metadata, annotations } });
    const half = ['Normal NearMissLabelResolved', 'Warning NearMissLabel', 'Warning UnknownOption'];
    await waitForSummaries('capitals', half);
    expect(await fleet.etcd.get()).toMatch(/default\/capitals/);
    expect(await fleet.etcd.get()).not.toMatch(/^ +bind \S*:8443 /m);
    await cluster.apply({ ...rest, metadata });
    await waitForSummaries('capitals', [...half, 'Normal UnknownOptionResolved'].sort());
    expect(await fleet.etcd.get()).toMatch(/^ +bind \S*:8443 /m);
  });

  it('are in default for a Node, where kubectl describe finds them', async () => {
    await cluster.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'bare' } });
    await waitForSummaries('bare', ['Warning NodeWithoutAddress']);
    expect(await eventsOn('bare')).toMatchObject([{ metadata: { namespace: 'default' } }]);
    expect(await kubectl(server, 'describe', 'node', 'bare')).toMatch(/Warning\s+NodeWithoutAddress/);
  });

  it('are in the namespace of their Service', async () => {
    const away = web('away', { 'listen-port': 'x' });
    await cluster.apply({ ...away, metadata: { ...away.metadata, namespace: 'team-a' } });
    await waitForSummaries('away', ['Warning InvalidValue']);
    expect(await eventsOn('away')).toMatchObject([{ metadata: { namespace: 'team-a' } }]);
  });

  it('are not written with --no-events', async () => {
    await producer.stop();
    producer = fleet.startProducer(cluster.source, '--no-events');
    await cluster.apply(web('silent', { 'listen-port': 'x' }));
    await producer.waitForLog(/default\/silent.*diagnostic\.appeared/);
    await serves('fourth');
    expect(await summaries('silent')).toEqual([]);
    await producer.stop();
    producer = fleet.startProducer(cluster.source);
    await waitForSummaries('silent', ['Warning InvalidValue']);
  });
});
