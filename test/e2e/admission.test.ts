import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { kubectl } from '../support/images/pod.ts';
import { runCommand } from '../support/sandbox/processes.ts';
import { repositoryRoot } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const FILE = join(repositoryRoot, 'deploy/kubernetes/admission.yaml');
const GOLDENS = join(repositoryRoot, 'libs/translator/golden');
/** Golden cases that the policy lets through: it allows empty and very long names, and knows no arguments and no settings. */
const LET_THROUGH = /^(?:hostname-empty|hostname-too-long|balance-bad|limit-host-names.*)$/;

let count = 0;
/** A Service with these annotations, whose node port the API server chooses. */
function service(annotations: Readonly<Record<string, string>>, labelled = 'yes'): Manifest {
  count += 1;
  const labels = { 'haproxy-kubefigurator.enabled': labelled };
  return {
    ...{ apiVersion: 'v1', kind: 'Service' },
    metadata: { name: `s${String(count)}`, namespace: 'default', labels, annotations },
    spec: { type: 'NodePort', ports: [{ name: 'web', port: 80 }] },
  };
}
const list = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => of(index)).join(',');
const addresses = (count: number): string =>
  list(count, (index) => `10.20.${String(index >> 8)}.${String(index & 255)}`);
const names = (count: number): string => list(count, (index) => `h${String(index)}.test`);
const option = (name: string, text: string): Manifest =>
  service({ [`haproxy-kubefigurator.web.${name}`]: text });

type Metadata = Manifest['metadata'];

/** The metadata of the Services of a golden case. */
function servicesOf(file: string): readonly Metadata[] {
  return [...parseAllDocuments(readFileSync(join(GOLDENS, file), 'utf8'))].flatMap((document) => {
    const manifest = document.toJS() as Manifest | null;
    return manifest?.kind === 'Service' ? manifest.metadata : [];
  });
}

/** `namespace/name` of the Services of which golden diagnostics report a value that is refused. */
function invalidServices(file: string): ReadonlySet<string> {
  const path = join(GOLDENS, file);
  const lines = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return new Set(
    [...lines.matchAll(/^error (?:invalid-value|over-limit) Service ([^\s:]+) port/gm)].map(
      ([, name]) => name ?? '',
    ),
  );
}

/** The admission policy made from the table of options, on a real API server. */
describe('deploy/kubernetes/admission.yaml', () => {
  let fleet: Fleet;
  let server: ApiServer;
  const create = async (manifest: Manifest): Promise<string> =>
    (await server.client.tryCreate(manifest)).body;

  beforeAll(async () => {
    fleet = await startFleet({ hosts: [], haproxy: false, consumers: false });
    server = await startApiServer(fleet);
    await kubectl(server, 'apply', '--validate=strict', '--filename', FILE);
    await waitFor('the policy is in force', async () => {
      const body = await create(option('listen-port', '0'));
      return when(body.includes('denied request'), body);
    });
  });
  afterAll(async () => {
    await server.close();
    await fleet.close();
  });

  it.each([
    ['listen-port', '65536', 'haproxy-kubefigurator.web.listen-port must be 1 to 65535'],
    ['listen-port', '080', 'must be 1 to 65535'],
    ['listen-ip', 'lb.example.com', 'must be IPv4, IPv6 or *, comma-separated'],
    ['haproxy-mode', 'TCP', 'must be http or tcp'],
    ['hostname', 'https://shop.example.com', 'must be host name(s)'],
    ['hostname', 'a.example.com\n  server evil 6.6.6.6:80', 'must be host name(s)'],
    ['ssl-certificate', '../../shadow', 'must be a file below --certificate-dir'],
    ['backends-balance-method', 'fastest', 'must be a balance algorithm'],
    ['backends-server-name', '*.example.com', 'must be a host name'],
  ])('refuses %s: %j, and says why', async (name, text, sentence) => {
    const { status, body } = await server.client.tryCreate(option(name, text));
    expect({ status, body }).toEqual({ status: 422, body: expect.stringContaining(sentence) as string });
  });

  it.each([
    ['listen-ip', addresses(17), 'must be IPv4, IPv6 or *, comma-separated, at most 16'],
    ['listen-ip', addresses(15_000), 'at most 16'],
    ['hostname', names(1_001), ', at most 1000'],
    ['hostname', names(20_000), ', at most 1000'],
  ])('refuses a longer list than the producer takes: %s', async (name, text, sentence) => {
    const { status, body } = await server.client.tryCreate(option(name, text));
    expect({ status, body }).toEqual({ status: 422, body: expect.stringContaining(sentence) as string });
  });

  it.each([
    ['listen-ip', addresses(16)],
    ['hostname', names(1_000)],
  ])('accepts as long a list as the producer: %s', async (name, text) => {
    expect((await server.client.tryCreate(option(name, text))).status).toBe(201);
  });

  it('refuses more TCP ports than the producer serves, where they get node ports', async () => {
    const status = async (count: number, spec: Readonly<Record<string, unknown>>): Promise<number> => {
      const ports = Array.from({ length: count }, (_, index) => ({
        ...{ name: `p${String(index)}`, port: index + 1 },
      }));
      const manifest: Manifest = { ...service({}), ...{ spec: { ports, ...spec } } };
      return (await server.client.tryCreate(manifest)).status;
    };
    expect(await status(201, { type: 'NodePort' })).toBe(422);
    expect(await status(201, { type: 'LoadBalancer' })).toBe(422);
    expect(await status(200, { type: 'NodePort' })).toBe(201);
    expect(await status(201, { type: 'ClusterIP' })).toBe(201);
    expect(await status(201, { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false })).toBe(201);
  });

  it('checks only Services with our label', async () => {
    const wrong = { 'haproxy-kubefigurator.web.listen-port': '0' };
    expect((await server.client.tryCreate(service(wrong, 'no'))).status).toBe(201);
    expect((await server.client.tryCreate(service(wrong))).status).toBe(422);
  });

  it('warns if the producer would: unusual booleans, unknown options', async () => {
    const file = join(fleet.folder, 'warned.json');
    const annotations = {
      'haproxy-kubefigurator.web.use-ssl': 'True',
      'haproxy-kubefigurator.web.hostnam': 'a.test',
    };
    writeFileSync(file, JSON.stringify(service(annotations)));
    const program = [process.env['KUBEFIGURATOR_KUBECTL'] ?? '', `--kubeconfig=${server.adminKubeconfig}`];
    const { code, stderr } = await runCommand([...program, 'create', '--filename', file]);
    expect(code).toBe(0);
    expect(stderr).toContain('haproxy-kubefigurator.web.use-ssl must be true or false');
    expect(stderr).toContain('haproxy-kubefigurator.web.hostnam names no option');
  });

  it('refuses the golden cases that the translator refuses, except a known few, and no others', async () => {
    const different: string[] = [];
    let created = 0;
    for (const file of readdirSync(GOLDENS).filter((name) => name.endsWith('.in.yaml'))) {
      const invalid = invalidServices(file.replace('.in.yaml', '.diagnostics.txt'));
      for (const { namespace = 'default', name, labels, annotations } of servicesOf(file).slice(0, 20)) {
        if (labels?.['haproxy-kubefigurator.enabled'] !== 'yes') continue;
        const refused = (await create(service(annotations ?? {}))).includes('denied request');
        created += 1;
        const reported = invalid.has(`${namespace}/${name}`);
        const isLetThrough = reported && LET_THROUGH.test(file.replace('.in.yaml', ''));
        if (refused !== reported && !isLetThrough)
          different.push(`${file} ${name}: refused ${String(refused)}`);
      }
    }
    expect(different).toEqual([]);
    expect(created).toBeGreaterThan(100);
  });
});
