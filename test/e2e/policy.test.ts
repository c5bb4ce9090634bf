import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { answersOnEveryHost, everyHostAnswers, isUnserved } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { logEvents } from '../support/fleet/log-events.ts';
import { kubectl } from '../support/images/pod.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createKubeCluster } from '../support/kube/cluster.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { repositoryRoot } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const FILE = join(repositoryRoot, 'deploy/kubernetes/policy.yaml');
const POLICY = 'kubefigurator/kubefigurator-policy';
const PLAIN = { 'listen-port': '80', 'use-ssl': 'false' };

function web(namespace: string, hostname: string): Manifest {
  return serviceManifest({ name: 'web', namespace, nodePort: 0, options: { ...PLAIN, hostname } });
}

function policyWith(text: string): Manifest {
  const [namespace = '', name = ''] = POLICY.split('/');
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { 'policy.yaml': text },
  };
}

function namespaceWith(name: string, labels: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

const SHOP_ONLY = "rules: [{name: shop, namespaces: [shop], hostNames: ['*.shop.test']}]\n";

/** A policy in a ConfigMap of a real API server, read with the shipped rights and nothing more. */
describe('who may expose what', () => {
  let fleet: Fleet;
  let server: ApiServer;
  let cluster: Cluster;
  let producer: RunningProcess;

  const asked = (host: string): { port: number; host: string } => ({ port: 80, host });
  const unserved = (host: string): Promise<void> => everyHostAnswers(fleet, asked(host), isUnserved);
  const served = async (namespace: string, host: string): Promise<void> => {
    const { body } = await server.client.tryGet(`/api/v1/namespaces/${namespace}/services/web`);
    const { spec } = JSON.parse(body) as { spec: { ports: readonly [{ nodePort: number }] } };
    const [{ nodePort }] = spec.ports;
    await fleet.nodes.listen(nodePort);
    await answersOnEveryHost(fleet, asked(host), { nodePort, nodes: ['worker-a', 'worker-b'] });
  };
  const ready = async (): Promise<string> => {
    const response = await fetch('http://127.0.0.1:9640/readyz').catch(() => undefined);
    return response === undefined ? '' : `${response.status} ${await response.text()}`;
  };
  const isReady = (expected: RegExp): Promise<unknown> =>
    waitFor(`/readyz answers ${String(expected)}`, async () => {
      const text = await ready();
      return when(expected.test(text), text);
    });

  beforeAll(async () => {
    fleet = await startFleet();
    server = await startApiServer(fleet);
    cluster = createKubeCluster(server);
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    await kubectl(server, 'apply', '--validate=strict', '--filename', FILE);
    await kubectl(server, 'delete', 'configmap', '--namespace=kubefigurator', 'kubefigurator-policy');
    for (const namespace of ['evil', 'shop', 'blog'])
      await cluster.apply(web(namespace, `a.${namespace}.test`));
    producer = fleet.startProducer(cluster.source, `--policy-config-map=${POLICY}`);
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await fleet.close();
  });

  it('publishes nothing as long as the ConfigMap is missing, and says so', async () => {
    await isReady(/^503 .*\(ConfigMap kubefigurator\/kubefigurator-policy\) can't be used: it doesn't exist/);
    expect(await fleet.etcd.get()).toBeUndefined();
  });

  it('serves what the policy allows once it is there', async () => {
    await cluster.apply(policyWith(SHOP_ONLY));
    await served('shop', 'a.shop.test');
    await served('blog', 'a.blog.test');
    expect(await ready()).toBe('200 ok\n');
  });

  it('takes a name from an older Service when the policy gives it to another namespace, and back', async () => {
    await cluster.apply(web('evil', 'a.evil.test,b.shop.test'));
    await cluster.apply(web('shop', 'a.shop.test,b.shop.test'));
    await served('shop', 'b.shop.test');
    await cluster.apply(policyWith(`${SHOP_ONLY}default: {listenPorts: [80], hostNames: ['*.evil.test']}\n`));
    await unserved('a.blog.test');
    await served('evil', 'a.evil.test');
    await cluster.apply(policyWith(SHOP_ONLY));
    await served('blog', 'a.blog.test');
  });

  it('reports the breach on its Service', async () => {
    await waitFor('an Event PolicyBreach', async () => {
      const { body } = await server.client.tryGet('/apis/events.k8s.io/v1/namespaces/evil/events');
      return when(/"reason":"PolicyBreach"/.test(body) && body.includes('b.shop.test'), body);
    });
  });

  it('keeps the last policy over one with a mistake and over a ConfigMap that is gone, and says so', async () => {
    await cluster.apply(policyWith('rules:\n  - name: shop\n    namespace: [shop]\n'));
    await isReady(/^200 ok, but .*line 3: a rule has no field "namespace": did you mean namespaces\?/);
    const metrics = await (await fetch('http://127.0.0.1:9640/metrics')).text();
    expect(metrics).toContain('\nkubefigurator_producer_policy_refused 1\n');
    await kubectl(server, 'delete', 'configmap', '--namespace=kubefigurator', 'kubefigurator-policy');
    await isReady(/^200 ok, but .*it doesn't exist/);
    await cluster.apply(web('evil', 'a.evil.test,b.shop.test,c.evil.test'));
    await served('evil', 'c.evil.test');
    await served('shop', 'b.shop.test');
    await cluster.apply(policyWith(SHOP_ONLY));
    await isReady(/^200 ok\n$/);
    const events = logEvents(producer).map(({ msg }) => msg);
    expect(events.filter((msg) => msg === 'policy.refused').length).toBeGreaterThanOrEqual(3);
    expect(events.filter((msg) => msg === 'policy.recovered').length).toBeGreaterThanOrEqual(2);
  });

  it('goes by labels of Namespaces, and follows them when they change', async () => {
    await cluster.apply(
      policyWith(
        `${SHOP_ONLY.replace(']}]', ']}, {name: quiet, namespaceSelector: quiet=yes, listenPorts: []}]')}`,
      ),
    );
    await served('blog', 'a.blog.test');
    await cluster.apply(namespaceWith('blog', { quiet: 'yes' }));
    await unserved('a.blog.test');
    await cluster.apply(namespaceWith('blog', {}));
    await served('blog', 'a.blog.test');
  });

  it('tells the missing right by its name', async () => {
    await cluster.apply(policyWith(SHOP_ONLY));
    const shipped = parseAllDocuments(readFileSync(FILE, 'utf8')).map(
      (document) => document.toJS() as { readonly kind: string; readonly rules?: readonly object[] },
    );
    const rules = shipped.flatMap(({ kind, rules: each = [] }) => each.map((rule) => ({ kind, ...rule })));
    expect(rules).toEqual([
      {
        kind: 'Role',
        apiGroups: [''],
        resources: ['configmaps'],
        resourceNames: ['kubefigurator-policy'],
        verbs: ['list', 'watch'],
      },
      { kind: 'ClusterRole', apiGroups: [''], resources: ['namespaces'], verbs: ['list', 'watch'] },
    ]);
    await kubectl(server, 'delete', 'rolebinding', '--namespace=kubefigurator', 'kubefigurator-policy');
    // An apply refuses to publish beside a producer that leads.
    await producer.stop();
    const { code, stderr } = await fleet.runProducer(
      'apply',
      cluster.source,
      `--policy-config-map=${POLICY}`,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /403 we may not list configmaps: grant list and watch on configmaps in namespace kubefigurator/,
    );
  });
});
