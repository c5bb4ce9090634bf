import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { logEvents } from '../support/fleet/log-events.ts';
import { startApiServer } from '../support/kube/kube.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { kubectl } from '../support/images/pod.ts';
import { runCommand } from '../support/sandbox/processes.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { repositoryRoot } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const FILE = join(repositoryRoot, 'deploy/kubernetes/producer.yaml');
const ACCOUNT = 'system:serviceaccount:kubefigurator:kubefigurator-producer';
const ROLE = 'clusterrole/kubefigurator-producer';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface Shipped {
  readonly kind: string;
  readonly rules?: readonly Rule[];
  readonly spec?: { readonly template: { readonly spec: object; readonly metadata: object } };
}

const shipped = parseAllDocuments(readFileSync(FILE, 'utf8')).map((document) => document.toJS() as Shipped);
const rules = shipped.find(({ kind }) => kind === 'ClusterRole')?.rules ?? [];
const rights = rules.flatMap((rule) =>
  resourcesOf(rule).flatMap((resource) => rule.verbs.map((verb) => [verb, resource] as const)),
);

/** Resources in kubectl's spelling: `services`, `events.events.k8s.io`. */
function resourcesOf({ apiGroups, resources }: Rule): readonly string[] {
  return apiGroups.flatMap((group) => resources.map((each) => (group === '' ? each : `${each}.${group}`)));
}

/** The shipped manifest on a real API server. */
describe('deploy/kubernetes/producer.yaml', () => {
  let fleet: Fleet;
  let server: ApiServer;
  let source: { readonly kubeconfig: string };

  beforeAll(async () => {
    fleet = await startFleet({ hosts: [], haproxy: false, consumers: false });
    server = await startApiServer(fleet);
    for (const node of fleet.nodes.list()) await server.client.create(nodeManifest(node));
    await kubectl(server, 'apply', '--validate=strict', '--filename', FILE);
    const account = ['kubefigurator-producer', '--namespace=kubefigurator'];
    const token = (await kubectl(server, 'create', 'token', ...account)).trim();
    const kubeconfig = join(fleet.folder, 'account.kubeconfig');
    const config = parse(readFileSync(server.adminKubeconfig, 'utf8')) as object;
    writeFileSync(kubeconfig, JSON.stringify({ ...config, users: [{ name: 'harness', user: { token } }] }));
    source = { kubeconfig };
    await server.client.create(
      serviceManifest({ name: 'shop', nodePort: 30001, options: { hostname: 'a.test' } }),
    );
  });
  afterAll(async () => {
    await server.close();
    await fleet.close();
  });

  it('has no field that the API server doesn’t know', async () => {
    const kinds = [
      ...['Namespace', 'ServiceAccount', 'ClusterRole', 'ClusterRoleBinding'],
      ...['Deployment', 'PodDisruptionBudget'],
    ];
    expect(shipped.map(({ kind }) => kind)).toEqual(kinds);
    await kubectl(server, 'apply', '--validate=strict', '--dry-run=server', '--filename', FILE);
  });

  it('has a network policy beside it that selects its Pod and names the port of its metrics', async () => {
    const file = join(repositoryRoot, 'deploy/kubernetes/network-policy.yaml');
    await kubectl(server, 'apply', '--validate=strict', '--filename', file);
    const { spec } = parse(readFileSync(file, 'utf8')) as {
      readonly spec: {
        readonly podSelector: { readonly matchLabels: object };
        readonly ingress: readonly unknown[];
      };
    };
    const template = shipped.find(({ kind }) => kind === 'Deployment')?.spec?.template;
    expect(template?.metadata).toMatchObject({ labels: spec.podSelector.matchLabels });
    expect(JSON.stringify(template?.spec)).toContain('"name":"metrics","containerPort":9640');
    expect(JSON.stringify(spec.ingress)).toContain('"port":"metrics"');
  });

  it('has a Pod that its namespace admits, and that namespace is restricted', async () => {
    const template = shipped.find(({ kind }) => kind === 'Deployment')?.spec?.template;
    const admit = async (spec: object): Promise<string> => {
      const file = join(fleet.folder, 'pod.json');
      const metadata = { name: 'probe', namespace: 'kubefigurator' };
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec }));
      return kubectl(server, 'create', '--dry-run=server', '--validate=strict', '--filename', file);
    };
    expect(await admit(template?.spec ?? {})).toContain('pod/probe created');
    await expect(admit({ ...template?.spec, securityContext: {} })).rejects.toThrow(/PodSecurity/);
  });

  it('gives the account what the producer needs', async () => {
    const { code, stderr } = await fleet.runProducer('apply', source);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(await fleet.etcd.get()).toContain('# service: default/shop port: web');
  });

  it('gives the account nothing else', async () => {
    const listed = await kubectl(server, 'auth', 'can-i', '--list', `--as=${ACCOUNT}`, '--no-headers');
    const own = listed
      .split('\n')
      .filter((line) => /^(services|nodes|events|namespaces)\b/.test(line))
      .map((line) => line.replace(/\s.*(?=\[)/, ' '));
    expect(own.sort()).toEqual([
      'events.events.k8s.io [create]',
      'namespaces [get]',
      'nodes [list watch]',
      'services [list watch]',
    ]);
    for (const [verb, resource] of [
      ['get', 'namespaces'],
      ['list', 'namespaces'],
      ['get', 'secrets'],
      ['list', 'configmaps'],
      ['patch', 'services'],
      ['update', 'services/status'],
      ['delete', 'nodes'],
      ['create', 'events'],
      ['list', 'events.events.k8s.io'],
      ['patch', 'events.events.k8s.io'],
    ] as const)
      expect(await canI(verb, resource), `${verb} ${resource}`).toBe('no');
  });

  async function canI(verb: string, resource: string): Promise<string> {
    const { stdout } = await runCommand([
      process.env['KUBEFIGURATOR_KUBECTL'] ?? '',
      `--kubeconfig=${server.adminKubeconfig}`,
      ...['auth', 'can-i', verb, resource, '--all-namespaces', `--as=${ACCOUNT}`],
    ]);
    return stdout.trim();
  }

  async function setRules(wanted: readonly Rule[]): Promise<void> {
    await kubectl(server, 'patch', ROLE, '--type=merge', '--patch', JSON.stringify({ rules: wanted }));
  }

  describe('has only rights that are needed: without', () => {
    let producer: RunningProcess | undefined;
    afterEach(async () => {
      await producer?.stop();
      producer = undefined;
      await setRules(rules);
    });

    async function withhold(verb: string, resource: string, name?: string): Promise<void> {
      await setRules(
        rules
          .map((rule) => ({
            ...rule,
            verbs: rule.verbs.filter((each) => each !== verb || !resourcesOf(rule).includes(resource)),
          }))
          .filter(({ verbs }) => verbs.length > 0),
      );
      await waitFor(`${verb} ${resource} is forbidden`, async () => {
        const answer = await canI(verb, name === undefined ? resource : `${resource}/${name}`);
        return when(answer === 'no', answer);
      });
    }

    it.each(rights.filter(([verb]) => verb === 'list'))(
      '%s %s: the producer logs it and publishes nothing',
      async (verb, resource) => {
        await fleet.etcd.delete();
        await withhold(verb, resource);
        producer = fleet.startProducer(source);
        await producer.waitForLog(new RegExp(`403.*${verb}.*${resource}`));
        const ready = await fetch('http://127.0.0.1:9640/readyz');
        expect({ status: ready.status, text: await ready.text() }).toEqual({
          status: 503,
          text: expect.stringContaining(resource) as string,
        });
        expect(await fleet.etcd.get()).toBeUndefined();
        await setRules(rules);
        await waitFor('the text is published once the right is granted', async () => {
          const text = await fleet.etcd.get();
          return when(text?.includes('default/shop') === true, String(text));
        });
      },
    );

    it.each(rights.filter(([verb]) => verb === 'get'))(
      '%s %s: the producer logs it and publishes nothing, since it doesn’t know which cluster this is',
      async (verb, resource) => {
        await fleet.etcd.delete();
        await withhold(verb, resource, 'kube-system');
        const { code, stderr } = await fleet.runProducer('apply', source);
        expect({ code, stderr }).toMatchObject({
          code: 1,
          stderr: expect.stringContaining('grant get on namespaces, for the name kube-system') as string,
        });
        producer = fleet.startProducer(source);
        await producer.waitForLog(/403.*grant get on namespaces/);
        const ready = await fetch('http://127.0.0.1:9640/readyz');
        expect({ status: ready.status, text: await ready.text() }).toEqual({
          status: 503,
          text: expect.stringContaining('we may not get the namespace kube-system') as string,
        });
        expect(await fleet.etcd.get()).toBeUndefined();
        await setRules(rules);
        await waitFor('the text is published once the right is granted', async () => {
          const text = await fleet.etcd.get();
          return when(text?.includes('default/shop') === true, String(text));
        });
      },
    );

    it.each(rights.filter(([verb]) => verb === 'watch'))(
      '%s %s: the producer logs it',
      async (verb, resource) => {
        await withhold(verb, resource);
        producer = fleet.startProducer(source);
        await producer.waitForLog(new RegExp(`403.*${verb}.*${resource}`));
      },
    );

    it.each(rights.filter(([verb]) => verb === 'create'))(
      '%s %s: the producer still publishes, and logs it once; with the right, it writes the Events after SIGHUP',
      async (verb, resource) => {
        await fleet.etcd.delete();
        for (const name of ['broken-a', 'broken-b'])
          await server.client.create(
            serviceManifest({ name, nodePort: 0, options: { hostname: 'b.test', 'listen-port': 'x' } }),
          );
        await withhold(verb, resource);
        const running = (producer = fleet.startProducer(source));
        await eventsTotal('failed', 2);
        const refused = logEvents(running).filter(({ msg }) => msg === 'event.failed');
        expect(refused.map(({ reason }) => reason)).toEqual([
          expect.stringMatching(/^403 we may not create events in namespace default: grant create on events/),
        ]);
        expect(await fleet.etcd.get()).toContain('default/shop');
        expect(await canI(verb, resource)).toBe('no');
        await setRules(rules);
        await waitFor('the right is granted', async () => when((await canI(verb, resource)) === 'yes', 'no'));
        running.signal('SIGHUP');
        await eventsTotal('created', 2);
      },
    );
  });

  async function eventsTotal(result: string, count: number): Promise<void> {
    const line = `kubefigurator_producer_events_total{result="${result}"} ${String(count)}`;
    await waitFor(line, async () => {
      const response = await fetch('http://127.0.0.1:9640/metrics').catch(() => undefined);
      const text = (await response?.text()) ?? '';
      return when(text.split('\n').includes(line), text);
    });
  }
});
