import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../support/kube/cluster.ts';
import { createKubeCluster } from '../support/kube/cluster.ts';
import { answersOnEveryHost, everyHostAnswers, isUnserved } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { runCommand } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const PLAIN = { 'listen-port': '80', 'use-ssl': 'false' };

function web(name: string, hostname: string, nodePort: number): Manifest {
  return serviceManifest({ name, nodePort, options: { ...PLAIN, hostname } });
}

/** The main purpose: both hosts serve a change in a real API server moments later. */
describe('Services and Nodes of a real API server', () => {
  let fleet: Fleet;
  let server: ApiServer;
  let cluster: Cluster;
  const asked = (host: string): { port: number; host: string } => ({ port: 80, host });
  const served = (hostname: string, nodePort: number, nodes = ['worker-a', 'worker-b']): Promise<void> =>
    answersOnEveryHost(fleet, asked(hostname), { nodePort, nodes });
  const unserved = (hostname: string): Promise<void> => everyHostAnswers(fleet, asked(hostname), isUnserved);

  let producer: RunningProcess;

  beforeAll(async () => {
    fleet = await startFleet();
    await fleet.nodes.listen(30001, 30002, 30443);
    await fleet.addCertificate(['secure.example.com']);
    server = await startApiServer(fleet);
    cluster = createKubeCluster(server);
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    producer = fleet.startProducer(cluster.source);
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await fleet.close();
  });

  it('serves a Service that is created', async () => {
    await cluster.apply(web('shop', 'shop.example.com', 30001));
    await served('shop.example.com', 30001);
  });

  it('publishes a text that haproxy -c accepts', async () => {
    const text = (
      await fleet.etcd.etcdctl('get', '/stackexchange.com/haproxy-kubefigurator/config', '--print-value-only')
    ).stdout;
    expect(text).toContain('k8s-service_default_shop_web_backend');
    for (const host of fleet.hosts) expect(await host.check(text)).toMatchObject({ code: 0 });
  });

  it('follows a Service that is changed: another name', async () => {
    await cluster.apply(web('shop', 'store.example.com', 30001));
    await served('store.example.com', 30001);
    await unserved('shop.example.com');
  });

  it('follows a Service that is changed: another node port', async () => {
    await cluster.apply(web('shop', 'store.example.com', 30002));
    await served('store.example.com', 30002);
  });

  it('serves TLS with the certificate named after the host, to the nodes as well', async () => {
    await cluster.apply(
      serviceManifest({ name: 'secure', nodePort: 30443, options: { hostname: 'secure.example.com' } }),
    );
    await everyHostAnswers(
      fleet,
      { port: 443, host: 'secure.example.com', ca: fleet.authority.ca },
      ({ status, echo }) =>
        status === 200 &&
        echo?.tls === true &&
        echo.port === 30443 &&
        echo.headers['x-forwarded-proto'] === 'https',
    );
  });

  it('sends requests to a Node that is added', async () => {
    await cluster.apply(nodeManifest(await fleet.nodes.add('worker-c')));
    await served('store.example.com', 30002, ['worker-c']);
  });

  it('sends no more requests to a Node that is deleted', async () => {
    const gone = fleet.nodes.list().find(({ name }) => name === 'worker-c');
    if (gone === undefined) throw new Error('worker-c was added before');
    await cluster.delete(nodeManifest(gone));
    for (const host of fleet.hosts) {
      await waitFor(`${host.name} runs without worker-c`, async () => {
        const servers = await host.runtime('show servers state');
        return servers.includes('worker-c') ? { pending: servers } : { done: true };
      });
    }
    await served('store.example.com', 30002);
  });

  it('serves the rest if one annotation is broken', async () => {
    await cluster.apply(
      serviceManifest({
        name: 'broken',
        nodePort: 30003,
        options: { ...PLAIN, hostname: 'b.example.com', 'listen-port': 'x' },
      }),
    );
    await cluster.apply(web('docs', 'docs.example.com', 30001));
    await served('docs.example.com', 30001);
    await served('store.example.com', 30002);
    await unserved('b.example.com');
  });

  it('stops serving a Service that is deleted', async () => {
    await cluster.delete(web('shop', 'store.example.com', 30002));
    await unserved('store.example.com');
    await served('docs.example.com', 30001);
  });

  it('stops serving the last Service, too, once an operator approves it', async () => {
    for (const [name, nodePort] of [
      ['broken', 30003],
      ['secure', 30443],
      ['docs', 30001],
    ] as const) {
      await cluster.delete(serviceManifest({ name, nodePort }));
    }
    // A guard holds what is gone, since nothing would be left.
    await waitFor('what is held was approved', async () => {
      const approve = [process.execPath, bundlePath('producer'), 'approve', `--etcd-host=${fleet.etcd.url}`];
      const { stderr } = await runCommand(approve);
      const text = (await fleet.etcd.get()) ?? '';
      return when(!text.includes('frontend'), `${stderr}${text}`);
    });
    await unserved('docs.example.com');
    await everyHostAnswers(
      fleet,
      { port: 443, host: 'secure.example.com' },
      ({ error }) => error === 'ECONNREFUSED',
    );
  });

  it('doesn’t rewrite the key when nothing changed', async () => {
    const read = async (): Promise<unknown> => {
      const { stdout } = await fleet.etcd.etcdctl(
        'get',
        '/stackexchange.com/haproxy-kubefigurator/config',
        '-w',
        'json',
      );
      return (JSON.parse(stdout) as { kvs: { mod_revision: number }[] }).kvs[0]?.mod_revision;
    };
    const before = await read();
    await producer.stop();
    const { code, stdout, stderr } = await fleet.runProducer('apply', cluster.source);
    // No Service is left, which is an error of the cluster.
    expect({ code, stdout, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no-services') as string,
    });
    expect(await read()).toBe(before);
  });
});
