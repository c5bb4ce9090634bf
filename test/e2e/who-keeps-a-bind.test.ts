import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetQuestion } from '../support/fleet/everywhere.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { waitForEvent } from '../support/fleet/log-events.ts';
import { waitForAnswer } from '../support/fleet/request.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { ipv6Beside } from '../support/sandbox/network.ts';
import type { CommandResult, RunningProcess } from '../support/sandbox/processes.ts';
import { runCommand } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const NODES = ['worker-a', 'worker-b'];
const OLD = 30001;
const WEB = 30002;
const YOUNG = 30003;

function aged(year: number, manifest: Manifest): Manifest {
  const creationTimestamp = `${year}-01-01T00:00:00Z`;
  return { ...manifest, metadata: { ...manifest.metadata, creationTimestamp } as Manifest['metadata'] };
}

onEachHaproxy('who is served keeps what they have', (haproxyBinary) => {
  let fleet: Fleet;
  let cluster: Cluster;
  let producer: RunningProcess;
  const old = (options: Readonly<Record<string, string>>): Promise<void> =>
    cluster.apply(aged(2020, serviceManifest({ name: 'old', namespace: 'a', nodePort: OLD, options })));
  const served = async (question: FleetQuestion, nodePort: number): Promise<void> =>
    answersOnEveryHost(fleet, question, { nodePort, nodes: NODES });
  const https = (host: string): FleetQuestion => ({ port: 443, host, ca: fleet.authority.ca });
  const toldOld = (detail: RegExp): Promise<unknown> =>
    waitForEvent(
      producer,
      ({ msg, subject, detail: said }) =>
        msg === 'diagnostic.appeared' && subject === 'Service a/old port web' && detail.test(String(said)),
    );
  const release = (...claim: readonly string[]): Promise<CommandResult> =>
    runCommand([
      ...[process.execPath, bundlePath('producer'), 'release', ...claim],
      `--etcd-host=${fleet.etcd.url}`,
    ]);
  const published = async (what: string, isRight: (text: string) => boolean): Promise<void> => {
    await waitFor(what, async () => {
      const text = (await fleet.etcd.get()) ?? '';
      return when(isRight(text), text);
    });
  };
  const RIGHT = { hostname: 'old.example.com', 'backends-use-ssl': 'false' };

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary });
    await fleet.nodes.listen(OLD, WEB, YOUNG);
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    for (const name of ['old', 'web']) await fleet.addCertificate([`${name}.example.com`]);
    await old(RIGHT);
    const options = { hostname: 'web.example.com', 'backends-use-ssl': 'false' };
    await cluster.apply(aged(2024, serviceManifest({ name: 'web', namespace: 'b', nodePort: WEB, options })));
    producer = fleet.startProducer(cluster.source);
    await served(https('old.example.com'), OLD);
    await served(https('web.example.com'), WEB);
  });
  afterAll(() => fleet.close());

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['use-ssl: flase', { ...RIGHT, 'use-ssl': 'flase' }, /\*:443 is TLS for b\/web port web.*release/],
    ['use-ssl: false', { ...RIGHT, 'use-ssl': 'false' }, /\*:443 is TLS for b\/web port web.*release/],
    ['haproxy-mode: tcp', { ...RIGHT, 'haproxy-mode': 'tcp' }, /\*:443 is http for b\/web port web.*release/],
    ['a copied hostname', { ...RIGHT, hostname: 'web.example.com' }, /web\.example\.com belongs to b\/web/],
  ])(
    'the oldest Service gets %s: only it loses, hears why, and comes back',
    async (_what, options, detail) => {
      await old(options);
      await toldOld(detail);
      await published('the old Service is left out', (text) => !text.includes('_a_old_'));
      await served(https('web.example.com'), WEB);
      await old(RIGHT);
      await published('the old Service is back', (text) => text.includes('_a_old_'));
      await served(https('old.example.com'), OLD);
      await served(https('web.example.com'), WEB);
    },
  );

  it('a restarted producer reads from the key what is reserved, and so does view with the address of etcd', async () => {
    await old({ ...RIGHT, 'use-ssl': 'false' });
    const reserved = '# reserved: a/old port: web bind: *:443 mode: http tls: on host: old.example.com\n';
    await published('the host is reserved', (text) => text.includes(reserved));
    await producer.stop();
    producer = fleet.startProducer(cluster.source);
    await waitForEvent(producer, ({ msg, result }) => msg === 'pass.completed' && result === 'unchanged');
    const { stdout, stderr } = await fleet.runProducer('view', cluster.source);
    expect(stdout).toBe(await fleet.etcd.get());
    expect(stderr).toContain(
      'claims: as they stand in /stackexchange.com/haproxy-kubefigurator/config at revision',
    );
    await served(https('web.example.com'), WEB);
  });

  it('a running producer replaces a foreign text that has our header by its own text, reservations included', async () => {
    const before = (await fleet.etcd.get()) ?? '';
    await fleet.etcd.put(before.split('\n').slice(0, 1).join('\n') + '\n');
    await waitForEvent(producer, ({ msg }) => msg === 'foreign-text.replaced');
    expect(await fleet.etcd.get()).toBe(before);
  });

  it('an operator frees the bind, and the oldest has it', async () => {
    const { code, stdout } = await release('*:443');
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('*:443 is free') as string,
    });
    await waitForEvent(producer, ({ msg, what }) => msg === 'release.obeyed' && what === '*:443');
    await served({ port: 443, host: 'old.example.com' }, OLD);
    expect((await release('*:443', 'nobody.example.com')).code).toBe(1);
  });

  it('a running producer restores a deleted key as it was; one that starts with a foreign text goes by the history', async () => {
    const before = await fleet.etcd.get();
    await fleet.etcd.delete();
    await waitFor('the text is back', async () => when((await fleet.etcd.get()) === before, 'not yet'));
    await producer.stop();
    await fleet.etcd.put('# by hand\n');
    producer = fleet.startProducer(cluster.source);
    await waitForEvent(producer, ({ msg }) => msg === 'pass.completed');
    await served({ port: 443, host: 'old.example.com' }, OLD);
  });

  describe.each([
    ['IPv4', '*', (address: string): string => address],
    ['IPv6', '::', ipv6Beside],
  ])('a younger Service names the address of a host, %s', (family, every, addressOf) => {
    const listen = family === 'IPv4' ? '8080' : '8081';
    const question = (host: string): { address: string; port: number; host: string } => ({
      address: addressOf(fleet.host('lb-1').address),
      port: Number(listen),
      host,
    });
    const apply = (
      name: string,
      year: number,
      nodePort: number,
      options: Readonly<Record<string, string>>,
    ): Promise<void> =>
      cluster.apply(
        aged(
          year,
          serviceManifest({
            name,
            namespace: 'c',
            nodePort,
            options: { 'use-ssl': 'false', 'listen-port': listen, ...options },
          }),
        ),
      );
    // The nodes have IPv4 addresses, so a host doesn't always reach them from the address that was asked.
    const answers = (host: string, nodePort: number): Promise<unknown> =>
      waitForAnswer(question(host), ({ status, echo }) => status === 200 && echo?.port === nodePort);

    it('it shares http with the older one on every address, and takes nothing', async () => {
      await apply('wide', 2020, OLD, { 'listen-ip': every, hostname: 'wide.example.com' });
      await answers('wide.example.com', OLD);
      await apply('narrow', 2024, YOUNG, { 'listen-ip': question('').address });
      await answers('other.example.com', YOUNG);
      await answers('wide.example.com', OLD);
    });

    it('it gets no tcp that the older one has on every address', async () => {
      await apply('narrow', 2024, YOUNG, { 'listen-ip': question('').address, 'listen-port': '9999' });
      await apply('wide', 2020, OLD, { 'listen-ip': every, 'haproxy-mode': 'tcp' });
      await answers('any.example.com', OLD);
      await apply('narrow', 2024, YOUNG, { 'listen-ip': question('').address, 'haproxy-mode': 'tcp' });
      await waitForEvent(
        producer,
        ({ msg, subject, code }) =>
          msg === 'diagnostic.appeared' &&
          subject === 'Service c/narrow port web' &&
          code === 'conflict-port',
      );
      await answers('any.example.com', OLD);
    });
  });
});
