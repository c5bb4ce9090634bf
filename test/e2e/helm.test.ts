import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { kubectl } from '../support/images/pod.ts';
import { readDocBlocks } from '../support/machine/doc-blocks.ts';
import { CHART, helm } from '../support/kube/helm.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import { runCommand } from '../support/sandbox/processes.ts';
import { bundlePath, repositoryRoot, scratchFolder } from '../support/sandbox/programs.ts';

const PLAIN = ['producer.yaml', 'network-policy.yaml', 'admission.yaml'].map((file) =>
  join(repositoryRoot, 'deploy/kubernetes', file),
);
/** What has to be set, as the plain files have it. */
const VALUES = ['--set=cluster=example', '--set=etcd.host=https://etcd-1.example.com:2379'];
const ALL = [...VALUES, '--set=networkPolicy.enabled=true', '--set=admission.enabled=true'];
const PLACE = '--namespace=kubefigurator';

interface KubeObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
}

interface Rendered extends KubeObject {
  readonly spec?: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [
          { readonly env: readonly { readonly name: string; readonly value: string }[] },
        ];
      };
    };
  };
}

const objectsIn = (text: string): readonly Rendered[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object): object is Rendered => object !== null);

/** The object without what the API server, kubectl and Helm add to each object that they write. */
function ownPartOf(object: KubeObject): unknown {
  const { name, namespace, labels = {} } = object.metadata;
  const own = Object.entries(labels).filter(([label]) => label !== 'app.kubernetes.io/managed-by');
  return { ...object, status: undefined, metadata: { name, namespace, labels: Object.fromEntries(own) } };
}

async function rendered(...values: readonly string[]): Promise<readonly Rendered[]> {
  const { code, stdout, stderr } = await helm('template', 'kubefigurator', CHART, PLACE, ...values);
  if (code !== 0) throw new Error(stderr);
  return objectsIn(stdout);
}

/** The variables that the container of the rendered Deployment gets. */
function environmentOf(objects: readonly Rendered[]): Readonly<Record<string, string>> {
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  const { env = [] } = deployment?.spec?.template.spec.containers[0] ?? {};
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

/** The chart and the plain manifests on a real API server, written by the real helm and the real kubectl. */
describe('deploy/helm', () => {
  let fleet: Fleet;
  let server: ApiServer;
  const cluster = (...args: readonly string[]): ReturnType<typeof helm> =>
    helm(...args, PLACE, `--kubeconfig=${server.adminKubeconfig}`);

  beforeAll(async () => {
    fleet = await startFleet({ hosts: [], haproxy: false, consumers: false });
    server = await startApiServer(fleet);
    await removeStored();
  });
  afterAll(async () => {
    await server.close();
    await fleet.close();
  });

  /** The shipped objects as the API server has them; undefined in place of one that is missing. */
  async function stored(): Promise<Readonly<Record<string, unknown>>> {
    const objects = PLAIN.flatMap((file) => objectsIn(readFileSync(file, 'utf8'))).filter(
      ({ kind }) => kind !== 'Namespace',
    );
    const found = objects.map(async ({ kind, metadata: { name, namespace = 'default' } }) => {
      const text = await kubectl(
        server,
        ...['get', kind, name, `--namespace=${namespace}`, '--ignore-not-found', '--output=json'],
      );
      return [
        `${kind} ${name}`,
        text === '' ? undefined : ownPartOf(JSON.parse(text) as KubeObject),
      ] as const;
    });
    return Object.fromEntries(await Promise.all(found));
  }

  /** Deletes the shipped objects but the Namespace, which nobody finishes to delete without controllers. */
  async function removeStored(): Promise<void> {
    const there = Object.entries(await stored()).filter(([, object]) => object !== undefined);
    const names = there.map(([name]) => name.replace(' ', '/'));
    if (names.length > 0) await kubectl(server, 'delete', PLACE, '--wait=false', ...names);
    expect(new Set(Object.values(await stored()))).toEqual(new Set([undefined]));
  }

  it('is installed by the commands of docs/install.md, in a namespace like that of the plain manifests', async () => {
    const page = readDocBlocks(join(repositoryRoot, 'docs/install.md'));
    const [block] = page.filter(({ code }) => code.includes('helm upgrade --install'));
    const programs = ['KUBEFIGURATOR_HELM', 'KUBEFIGURATOR_KUBECTL'].map((name) =>
      dirname(process.env[name] ?? ''),
    );
    const env = {
      HOME: join(fleet.folder, 'home'),
      KUBECONFIG: server.adminKubeconfig,
      PATH: [...programs, process.env['PATH']].join(':'),
    };
    // The harness has made the namespace kubefigurator already.
    const code = block?.code.replaceAll('namespace kubefigurator', 'namespace edge') ?? 'false';
    const ran = await runCommand(['bash', '-euc', code], { env, cwd: repositoryRoot });
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    const enforced = ['get', 'namespace', 'edge', '--output=jsonpath={.metadata.labels}'];
    expect(await kubectl(server, ...enforced)).toContain('"pod-security.kubernetes.io/enforce":"restricted"');
    const names = await kubectl(server, 'get', 'deployments', '--namespace=edge', '--output=name');
    expect(names.trim()).toBe('deployment.apps/kubefigurator-producer');
    const flags = ['--namespace=edge', `--kubeconfig=${server.adminKubeconfig}`];
    expect(await helm('uninstall', 'kubefigurator', ...flags)).toMatchObject({ code: 0 });
  });

  it('installs the same objects as the plain manifests', async () => {
    for (const file of PLAIN) await kubectl(server, 'apply', '--validate=strict', `--filename=${file}`);
    const plain = await stored();
    expect(Object.values(plain)).not.toContain(undefined);
    await removeStored();
    expect(await cluster('install', 'kubefigurator', CHART, ...ALL)).toMatchObject({ code: 0 });
    expect(await stored()).toEqual(plain);
  });

  it('has no object that the plain manifests don’t have', async () => {
    const names = (objects: readonly Rendered[]): readonly string[] =>
      objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
    const plain = PLAIN.flatMap((file) => objectsIn(readFileSync(file, 'utf8')));
    expect(names(await rendered(...ALL))).toEqual(names(plain.filter(({ kind }) => kind !== 'Namespace')));
  });

  it('takes the network policy and the admission policy away again in an upgrade, and everything at the end', async () => {
    expect(await cluster('upgrade', 'kubefigurator', CHART, ...VALUES)).toMatchObject({ code: 0 });
    const missing = Object.entries(await stored()).filter(([, object]) => object === undefined);
    expect(missing.map(([name]) => name).sort()).toEqual([
      'NetworkPolicy kubefigurator-producer',
      'ValidatingAdmissionPolicy kubefigurator-hints',
      'ValidatingAdmissionPolicy kubefigurator-values',
      'ValidatingAdmissionPolicyBinding kubefigurator-hints',
      'ValidatingAdmissionPolicyBinding kubefigurator-values',
    ]);
    expect(await cluster('uninstall', 'kubefigurator')).toMatchObject({ code: 0 });
    expect(new Set(Object.values(await stored()))).toEqual(new Set([undefined]));
  });

  it('takes over the objects of the plain manifests with --take-ownership, and refuses them without', async () => {
    for (const file of PLAIN) await kubectl(server, 'apply', `--filename=${file}`);
    const plain = await stored();
    const command = ['upgrade', '--install', 'kubefigurator', CHART, ...ALL];
    expect(await cluster(...command)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be imported into the current release') as string,
    });
    expect(await cluster(...command, '--take-ownership')).toMatchObject({ code: 0 });
    expect(await stored()).toEqual(plain);
    expect(await cluster('uninstall', 'kubefigurator')).toMatchObject({ code: 0 });
    expect(new Set(Object.values(await stored()))).toEqual(new Set([undefined]));
  });

  it('has two releases side by side in one namespace, whose Pods no one else selects', async () => {
    for (const name of ['blue', 'green'])
      expect(await cluster('install', name, CHART, ...ALL.slice(0, 3))).toMatchObject({ code: 0 });
    const text = await kubectl(server, 'get', 'deployments,networkpolicies', PLACE, '--output=json');
    const { items } = JSON.parse(text) as { readonly items: readonly KubeObject[] };
    const selectors = items.map(({ kind, spec }) => {
      const { selector, podSelector } = spec as { selector?: object; podSelector?: object };
      return `${kind} ${JSON.stringify(selector ?? podSelector)}`;
    });
    expect(new Set(selectors).size).toBe(4);
    for (const name of ['blue', 'green']) expect(await cluster('uninstall', name)).toMatchObject({ code: 0 });
  });

  it('gives the API server nothing that it doesn’t know, with every value set', async () => {
    const file = join(fleet.folder, 'values.json');
    const values = {
      cluster: '1',
      image: { repository: 'images.example.com/producer', tag: '7', pullPolicy: 'Always' },
      imagePullSecrets: [{ name: 'registry' }],
      etcd: { host: 'https://etcd:2379', secret: 'other', clientCertificate: false },
      settings: { 'listen-ports': [80, 443] },
      resources: { limits: { memory: '1Gi' } },
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'edge', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      priorityClassName: 'system-cluster-critical',
      replicas: 3,
      networkPolicy: { enabled: true, prometheusNamespace: '2', apiServerPorts: [6444], etcdPorts: [2479] },
      admission: { enabled: true },
    };
    writeFileSync(file, JSON.stringify(values));
    const { stdout } = await helm('template', '5', CHART, PLACE, `--values=${file}`);
    const manifest = join(fleet.folder, 'rendered.yaml');
    writeFileSync(manifest, stdout);
    await kubectl(server, 'apply', PLACE, '--dry-run=server', '--validate=strict', `--filename=${manifest}`);
    const [deployment] = objectsIn(stdout).filter(({ kind }) => kind === 'Deployment');
    expect(deployment?.spec?.template.spec).toMatchObject({
      imagePullSecrets: values.imagePullSecrets,
      nodeSelector: values.nodeSelector,
      tolerations: values.tolerations,
      affinity: values.affinity,
      priorityClassName: values.priorityClassName,
      containers: [
        { image: 'images.example.com/producer:7', imagePullPolicy: 'Always', resources: values.resources },
      ],
    });
  });

  it('gives settings to the producer, which reads them as they were meant', async () => {
    const file = join(fleet.folder, 'settings.json');
    const settings = {
      'listen-ports': [80, '8000-8999'],
      'max-characters-per-service': 2_000_000,
      'node-selector': 'role=edge,!spot',
      events: false,
    };
    writeFileSync(file, JSON.stringify({ settings }));
    const env = environmentOf(await rendered(...VALUES, `--values=${file}`));
    const command = [process.execPath, bundlePath('producer'), 'watch', '--print-settings'];
    const { code, stdout, stderr } = await runCommand(command, { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const [flag, value] of [
      ['listen-ports', '80,8000-8999'],
      ['max-characters-per-service', '2000000'],
      ['node-selector', 'role=edge,!spot'],
      ['events', 'false'],
      ['cluster', 'example'],
      ['etcd-client-cert-file', '/etc/kubefigurator/etcd/tls.crt'],
    ] as const)
      expect(stdout).toMatch(new RegExp(`^--${flag}\\s+${value}\\s`, 'm'));
  });

  it('needs no Secret for an etcd without TLS, and no client certificate for a user with a password', async () => {
    const withoutTls = await rendered(...VALUES, '--set=etcd.secret=');
    expect(Object.keys(environmentOf(withoutTls)).sort()).toEqual([
      'KUBEFIGURATOR_CLUSTER',
      'KUBEFIGURATOR_ETCD_HOST',
    ]);
    expect(JSON.stringify(withoutTls)).not.toContain('volume');
    const withPassword = environmentOf(await rendered(...VALUES, '--set=etcd.clientCertificate=false'));
    expect(Object.keys(withPassword)).toContain('KUBEFIGURATOR_ETCD_CA_FILE');
    expect(Object.keys(withPassword)).not.toContain('KUBEFIGURATOR_ETCD_CLIENT_CERT_FILE');
  });

  it.each([
    ['no cluster', ['--set=etcd.host=http://e:2379'], 'set cluster'],
    ['no etcd', ['--set=cluster=a'], 'set etcd.host'],
    ['a flag that the producer doesn’t have', [...VALUES, '--set=settings.listen-prots=80'], 'listen-prots'],
    ['a flag that the chart sets', [...VALUES, '--set=settings.kubeconfig=x'], 'kubeconfig'],
    ['a switch that is no boolean', [...VALUES, '--set-string=settings.events=no'], 'settings/events'],
    ['a value that the chart doesn’t know', [...VALUES, '--set=replicaCount=2'], 'replicaCount'],
    ['a port that is none', [...VALUES, '--set=networkPolicy.etcdPorts[0]=70000'], 'etcdPorts'],
    ['a choice that is none', [...VALUES, '--set=settings.log-level=wran'], 'log-level'],
    ['an empty text', [...VALUES, '--set-string=settings.node-selector='], 'node-selector'],
  ])('refuses %s, and says so', async (_what, values, sentence) => {
    const { code, stderr } = await helm('template', 'kubefigurator', CHART, ...values);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(sentence) as string });
  });

  it('refuses a YAML tag in the place of a text, which Helm would drop', async () => {
    const file = join(scratchFolder(), 'tag.yaml');
    writeFileSync(file, 'settings: { node-selector: !spot }\n');
    const { code, stderr } = await helm('template', 'kubefigurator', CHART, ...VALUES, `--values=${file}`);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('node-selector') as string });
  });

  it('passes helm lint', async () => {
    expect(await helm('lint', '--strict', CHART, ...ALL)).toMatchObject({ code: 0 });
  });
});
