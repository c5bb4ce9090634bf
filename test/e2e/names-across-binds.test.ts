import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answersOnEveryHost, everyHostAnswers, isUnserved } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { waitForEvent } from '../support/fleet/log-events.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { Load } from '../support/measuring/load.ts';
import { startLoad } from '../support/measuring/load.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';

type Options = Readonly<Record<string, string>>;

const NODES = ['worker-a', 'worker-b'];
const [SHOP, EVIL, TEAM, ...BLOG] = [30001, 30002, 30003, 30004, 30005] as const;
const PLAIN = { 'use-ssl': 'false', 'listen-port': '80' };
/** How long an honest change may take beside an attack. */
const IN_TIME = { limitMs: 5_000 };

onEachHaproxy('a host name belongs to its namespace on every bind', (haproxyBinary) => {
  let fleet: Fleet;
  let cluster: Cluster;
  let producer: RunningProcess;
  let load: Load;
  let changes = 0;

  /** The attackers are the oldest Services, so that only what is published already keeps them away. */
  const apply = async (owner: string, nodePort: number, options: Options, year = 2024): Promise<void> => {
    const [namespace = '', name = ''] = owner.split('/');
    const own = { ...options, 'backends-use-ssl': 'false' };
    const manifest = serviceManifest({ namespace, name, nodePort, options: own });
    const metadata = { ...manifest.metadata, creationTimestamp: `${year}-01-01T00:00:00Z` };
    await cluster.apply({ ...manifest, metadata });
  };
  const https = (host: string): { port: number; host: string; ca: string } => ({
    ...{ port: 443, host, ca: fleet.authority.ca },
  });
  const served = (question: { port: number; host: string; ca?: string }, nodePort: number): Promise<void> =>
    answersOnEveryHost(fleet, question, { nodePort, nodes: NODES }, IN_TIME);
  const changesInTime = async (): Promise<void> => {
    changes += 1;
    const nodePort = BLOG[changes % 2] ?? 0;
    await apply('blog/web', nodePort, { ...PLAIN, hostname: 'blog.example.com' });
    await served({ port: 80, host: 'blog.example.com' }, nodePort);
  };
  const refused = async (owner: string, reason: RegExp, never = '_evil_'): Promise<void> => {
    await waitForEvent(
      producer,
      ({ msg, subject, code, detail }) =>
        msg === 'diagnostic.appeared' &&
        subject === `Service ${owner} port web` &&
        code === 'conflict-host' &&
        reason.test(String(detail)),
    );
    expect(await fleet.etcd.get()).not.toContain(never);
  };
  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary });
    await fleet.nodes.listen(SHOP, EVIL, TEAM, ...BLOG);
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    await fleet.addCertificate(['shop.example.com', '*.shop.example.com']);
    await apply('shop/web', SHOP, { hostname: 'shop.example.com,*.shop.example.com' });
    await apply('blog/web', BLOG[0], { ...PLAIN, hostname: 'blog.example.com' });
    producer = fleet.startProducer(cluster.source);
    await served(https('shop.example.com'), SHOP);
    await served({ port: 80, host: 'blog.example.com' }, BLOG[0]);
    const targets = fleet.hosts.map(({ address }) => ({
      address,
      ...https('shop.example.com'),
      nodePort: SHOP,
    }));
    load = await startLoad({ targets, perSecond: 150, limitMs: 5_000 }, fleet.logs);
  });
  afterAll(() => fleet.close());

  it.each<[string, Options, number, RegExp]>([
    [
      'on port 8443',
      { hostname: 'shop.example.com', 'listen-port': '8443', 'ssl-certificate': 'shop.example.com.pem' },
      8443,
      /shop\.example\.com belongs to shop\/web/,
    ],
    [
      'on plain port 80, where ACME asks',
      { ...PLAIN, hostname: 'shop.example.com' },
      80,
      /shop\.example\.com belongs to shop\/web/,
    ],
    [
      'below its wildcard',
      { ...PLAIN, hostname: 'login.shop.example.com' },
      80,
      /is below \*\.shop\.example\.com/,
    ],
    [
      'with a wildcard above it',
      { ...PLAIN, 'listen-port': '8080', hostname: '*.com' },
      8080,
      /\*\.com would take/,
    ],
    [
      'with a shared wildcard above it',
      { ...PLAIN, 'listen-port': '8081', hostname: '*.example.com', wildcard: 'shared' },
      8081,
      /\*\.example\.com would take/,
    ],
  ])('an attacker gets the name of another namespace nowhere: %s', async (what, options, port, reason) => {
    const owner = `evil/${what.replaceAll(/[^a-z0-9]+/g, '-').slice(0, 40)}`;
    await apply(owner, EVIL, options, 2019);
    await refused(owner, reason);
    await changesInTime();
    const host = options['hostname']?.replace('*.', 'shop.') ?? '';
    if (port === 80) await everyHostAnswers(fleet, { port, host }, ({ echo }) => echo?.port !== EVIL);
    else await everyHostAnswers(fleet, { port, host }, isUnserved);
    await served(https('shop.example.com'), SHOP);
  });

  it('its own namespace has it on plain port 80 as well', async () => {
    await apply('shop/plain', SHOP, { ...PLAIN, hostname: 'shop.example.com' });
    await served({ port: 80, host: 'shop.example.com' }, SHOP);
  });

  it('the owner of a wildcard lets others in with wildcard: shared', async () => {
    await apply('team/web', TEAM, { ...PLAIN, hostname: 'team.shop.example.com' });
    await refused('team/web', /is below \*\.shop\.example\.com.*wildcard set to "shared"/);
    await apply('shop/web', SHOP, { hostname: 'shop.example.com,*.shop.example.com', wildcard: 'shared' });
    await served({ port: 80, host: 'team.shop.example.com' }, TEAM);
    await apply('shop/web', SHOP, { hostname: 'shop.example.com,*.shop.example.com' });
    await waitForEvent(
      producer,
      ({ msg, subject, code }) =>
        msg === 'diagnostic.appeared' &&
        subject === 'Service team/web port web' &&
        code === 'foreign-host-name',
    );
    await served({ port: 80, host: 'team.shop.example.com' }, TEAM);
  });

  it('of two that are created in one second the uid decides, and not the name that sorts first', async () => {
    const tied = (namespace: string, uid: string, nodePort: number): string => {
      const options = { ...PLAIN, hostname: 'tie.example.com', 'backends-use-ssl': 'false' };
      const { metadata, ...rest } = serviceManifest({ namespace, name: 'tied', nodePort, options });
      const creationTimestamp = '2025-01-01T00:00:00Z';
      return JSON.stringify({ ...rest, metadata: { ...metadata, uid, creationTimestamp } });
    };
    const [first, last] = ['0d5c1a52-0000-4000-8000-000000000000', 'f1c5a0d5-0000-4000-8000-000000000000'];
    const draft = join(fleet.folder, 'tied');
    writeFileSync(draft, [tied('aaa', last, EVIL), tied('zzz', first, TEAM)].join('\n---\n'));
    renameSync(draft, join(fleet.folder, 'manifests', 'tied.yaml'));
    await served({ port: 80, host: 'tie.example.com' }, TEAM);
    await refused('aaa/tied', /tie\.example\.com belongs to zzz\/tied/, '_aaa_');
  });

  it('none of the requests to the others failed meanwhile', async () => {
    const { failed, failures, sent } = await load.stop();
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
    expect(sent).toBeGreaterThan(100);
  });

  it('--host-names-per-bind lets each bind stand for itself', async () => {
    await producer.stop();
    producer = fleet.startProducer(cluster.source, '--host-names-per-bind');
    await served({ port: 80, host: 'login.shop.example.com' }, EVIL);
    await served(https('shop.example.com'), SHOP);
  });
});
