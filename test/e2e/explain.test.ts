import { once } from 'node:events';
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { ask } from '../support/fleet/request.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createKubeCluster } from '../support/kube/cluster.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { readDocBlocks } from '../support/machine/doc-blocks.ts';
import type { CommandResult, RunningProcess } from '../support/sandbox/processes.ts';
import { runChecked } from '../support/sandbox/processes.ts';
import { bundlePath, programPath, repositoryRoot } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

/** Begins TLS with a server that expects http, and returns its answer in plain text. */
async function greet(host: string, port: number): Promise<string> {
  const socket = connect({ host, port });
  // The record header of a ClientHello, and the beginning of the message.
  socket.write(Buffer.from([0x16, 0x03, 0x01, 0x00, 0xf4, 0x01, 0x00, 0x00, 0xf0, 0x03, 0x03]));
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return first.toString();
}

interface ServiceDocument {
  readonly verdict: string;
  readonly ports: readonly { readonly hosts: readonly { readonly host: string; readonly state: string }[] }[];
}

const SERVICES: readonly (readonly [string, number, Readonly<Record<string, string>>])[] = [
  ['shop', 30001, {}],
  ['blog', 30002, {}],
  ['plain', 30003, { 'use-ssl': 'false', 'listen-port': '80' }],
];
const ROOT = 'root';
const PASSWORD = 'secret';
const VIEWER = 'kubefigurator-viewer';

/** What a person sees who may only look: the roles of docs/install.md in etcd, and those of deploy/kubernetes. */
describe('explain', () => {
  let fleet: Fleet;
  let server: ApiServer;
  let cluster: Cluster;
  let producer: RunningProcess;
  const credentials = (user: string): string[] => [
    `--etcd-user=${user}`,
    `--etcd-password-file=${join(fleet.folder, 'password')}`,
  ];
  const explain = (...words: readonly string[]): Promise<CommandResult> =>
    fleet.runProducer('explain', cluster.source, ...credentials(VIEWER), ...words);
  const until = (words: readonly string[], code: number, expected: RegExp): Promise<string> =>
    waitFor(`explain ${words.join(' ')} exits with ${code} and says ${String(expected)}`, async () => {
      const { code: now, stdout, stderr } = await explain(...words);
      return now === code && expected.test(stdout)
        ? { done: stdout }
        : { pending: `${String(now)} ${stdout}${stderr}` };
    });

  beforeAll(async () => {
    fleet = await startFleet({
      consumers: false,
      etcd: () => Promise.resolve({ flags: { 'bcrypt-cost': '4' } }),
    });
    await fleet.nodes.listen(30001, 30002, 30003);
    server = await startApiServer(fleet);
    cluster = createKubeCluster(server);
    await grantAsDocumented();
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    await fleet.addCertificate(['shop.example.com']);
    await fleet.addCertificate(['blog.example.com']);
    for (const [name, nodePort, options] of SERVICES)
      await cluster.apply(
        serviceManifest({ name, nodePort, options: { hostname: `${name}.example.com`, ...options } }),
      );
    producer = fleet.startProducer(cluster.source, ...credentials('kubefigurator-producer'));
    fleet.host('lb-1').startConsumer(...credentials('lb-1'));
    startWithout('shop.example.com.pem', fleet.host('lb-2'));
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await fleet.close();
  });

  /** Starts the consumer of a host in whose certificate folder a file is missing: a mount hides it. */
  function startWithout(file: string, host: LoadBalancerHost): void {
    const folder = join(fleet.folder, `ssl-of-${host.name}`);
    cpSync(fleet.certificateDir, folder, { recursive: true });
    rmSync(join(folder, file));
    const consumer = [process.execPath, bundlePath('consumer'), 'watch', ...host.consumerFlags];
    const hidden = [
      'sh',
      '-c',
      'mount --bind "$1" "$2" && shift 2 && exec "$@"',
      'sh',
      folder,
      fleet.certificateDir,
    ];
    const flags = ['--metrics-address=0.0.0.0:9641', ...credentials(host.name)];
    host.startProgram('consumer', ['unshare', '--mount', ...hidden, ...consumer, ...flags]);
  }

  /** Executes the block of the page for both hosts, with passwords instead of client certificates. */
  async function grantAsDocumented(): Promise<void> {
    const block = readDocBlocks(join(repositoryRoot, 'docs/install.md')).find(({ tags }) =>
      tags.includes('roles'),
    );
    const script = (block?.code ?? '')
      .replace(/^export ETCDCTL_C.*$/gm, '')
      .replace('https://etcd-1.example.com:2379', fleet.etcd.url)
      .replace('for host in lb-1;', 'for host in lb-1 lb-2;')
      .replace(
        /user add (\S+) --no-password/g,
        (_all, user: string) => `user add ${user.replaceAll('"', '')}:${PASSWORD}`,
      );
    const bin = join(fleet.folder, 'bin');
    mkdirSync(bin);
    symlinkSync(programPath('etcdctl'), join(bin, 'etcdctl'));
    await runChecked(['sh', '-euc', script], { env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } });
    writeFileSync(join(fleet.folder, 'password'), PASSWORD, { mode: 0o600 });
  }

  function etcdctl(...args: readonly string[]): Promise<string> {
    return runChecked([programPath('etcdctl'), '--endpoints', fleet.etcd.url, ...args], {
      env: { ETCDCTL_API: '3', ETCDCTL_USER: `${ROOT}:${PASSWORD}` },
    });
  }

  it('says that a Service is served everywhere, and exits with 0', async () => {
    const said = await until(['service', 'default/blog'], 0, /live on 2 of 2 hosts/);
    expect(said).toContain('Service default/blog: served everywhere');
    expect(said).toMatch(/Live on: +lb-1, lb-2/);
  });

  it('names the host that leaves a Service out, with the words of HAProxy', async () => {
    const said = await until(['service', 'default/shop'], 1, /Left out on: +lb-2: /);
    expect(said).toMatch(/Left out on: +lb-2: .*unable to .*shop\.example\.com\.pem/);
    expect(said).toMatch(/Live on: +lb-1$/m);
  });

  it('is one JSON document with -o json', async () => {
    const { code, stdout, stderr } = await explain('service', 'default/shop', '-o', 'json');
    expect([code, stderr]).toEqual([1, '']);
    const { verdict, ports } = JSON.parse(stdout) as ServiceDocument;
    expect(verdict).toBe('in-part');
    expect(ports[0]?.hosts.map(({ host, state }) => [host, state])).toEqual([
      ['lb-1', 'live'],
      ['lb-2', 'left-out'],
    ]);
  });

  it('tells of a Service without the label, which the producer itself never keeps', async () => {
    const manifest = serviceManifest({ name: 'quiet', nodePort: 30009 });
    await cluster.apply({ ...manifest, metadata: { name: 'quiet', namespace: 'default' } });
    await until(['service', 'default/quiet'], 1, /no, it has no label haproxy-kubefigurator.enabled/);
    await until(['service', 'default/quite'], 1, /Did you mean: +default\/quiet/);
  });

  it('tells of a Node', async () => {
    await until(['node', 'worker-a'], 0, /a server in 3 of 3/);
    await until(['node', 'worker-x'], 1, /Did you mean: +worker-a/);
  });

  it('says where a request goes', async () => {
    await until(['request', 'https://blog.example.com/feed'], 0, /Live on: +lb-1, lb-2/);
    await until(['request', 'https://shop.example.com'], 1, /Left out on: +lb-2/);
  });

  it.each([
    ['http://nobody.example.com', 80, /503 Service Unavailable/, 503],
    ['http://blog.example.com:443', 443, /HAProxy closes the connection/, 0],
    ['http://plain.example.com:81', 81, /the connection is refused/, 0],
  ])('says what HAProxy answers to %s, and that is what it answers', async (url, port, said, status) => {
    const host = new URL(url).hostname;
    await until(['request', url], 1, said);
    for (const { address } of fleet.hosts)
      expect(await ask({ address, port, host }), address).toMatchObject({ status });
  });

  it('says what HAProxy answers to TLS on a plain bind, and that is what it answers', async () => {
    await until(['request', 'https://plain.example.com:80'], 1, /400 Bad Request/);
    for (const { address } of fleet.hosts) expect(await greet(address, 80)).toMatch(/^HTTP\/1\.[01] 400 /);
  });

  it.each([
    [['service', 'shop'], /not <namespace>\/<name>/],
    [['service'], /give service <namespace>\/<name>/],
    [['pod', 'shop'], /service, node or request/],
    [['request', 'shop.example.com'], /https:\/\//],
  ])('%j is wrong use: it exits with 2', async (words, reason) => {
    const { code, stdout, stderr } = await explain(...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(reason);
  });

  it('exits with 2 if etcd denies the hosts, and names the key', async () => {
    await etcdctl('role', 'revoke-permission', VIEWER, `${DEFAULT_PATH}/`, `${DEFAULT_PATH}/registrations/`);
    const { code, stdout, stderr } = await explain('service', 'default/blog');
    await etcdctl(
      'role',
      'grant-permission',
      VIEWER,
      'read',
      `${DEFAULT_PATH}/`,
      `${DEFAULT_PATH}/registrations/`,
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/permission denied.*kubefigurator-viewer.*hosts/);
  });

  /** Waits for an Event whose reason begins with this word, and whose note is as expected. */
  const told = (word: string, expected: RegExp): Promise<true> =>
    waitFor(
      `an Event ${word} that says ${String(expected)}`,
      async () => {
        const { body } = await server.client.tryGet('/apis/events.k8s.io/v1/namespaces/default/events');
        const { items } = JSON.parse(body) as { items: readonly { reason: string; note: string }[] };
        const notes = items.filter(({ reason }) => reason.startsWith(word));
        return when(
          notes.some(({ note }) => expected.test(note)),
          JSON.stringify(notes),
        );
      },
      { limitMs: 60_000, everyMs: 500 },
    );

  it('Events on the Service name the host that leaves it out, and then say that every host serves it', async () => {
    await told('LeftOutOnHost', /^port web: left out on lb-2: .*shop\.example\.com\.pem/);
    const file = 'shop.example.com.pem';
    cpSync(join(fleet.certificateDir, file), join(fleet.folder, 'ssl-of-lb-2', file));
    await told('LeftOutOnHost', /^live on 2 of 2 hosts$/);
  }, 130_000);

  it('an Event on a Service that was changed says that it is live, and after how long', async () => {
    const options = { hostname: 'blog.example.com,blog-2.example.com' };
    await cluster.apply(serviceManifest({ name: 'blog', nodePort: 30002, options }));
    await told('Live', /^live on 2 of 2 hosts, \d+(\.\d)? s after its publication$/);
  }, 130_000);

  it('says that a change is not published while no producer runs', async () => {
    await producer.stop();
    await cluster.apply(
      serviceManifest({ name: 'blog', nodePort: 30004, options: { hostname: 'blog.example.com' } }),
    );
    await until(['service', 'default/blog'], 1, /Published: +with other lines at revision \d+/);
    await until(['service', 'default/blog'], 1, /etcd: .*no producer leads/);
  });

  it('says that the agent of a host is silent', async () => {
    await fleet.host('lb-1').stopConsumer();
    await until(
      ['service', 'default/plain'],
      1,
      /Silent: +lb-1: its agent doesn't run; it applied revision \d+/,
    );
  });
});
