import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { approveUntilGone } from '../support/fleet/approve.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { PortOptions } from '../support/fleet/hostile-services.ts';
import { evilService, FIRST_NODE_PORT, nowhere, ownBind } from '../support/fleet/hostile-services.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { askTcp } from '../support/fleet/request.ts';
import { triedAgain } from '../support/fleet/tried-again.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { Load } from '../support/measuring/load.ts';
import { startLoad } from '../support/measuring/load.ts';
import { peakMemoryOf } from '../support/measuring/processes.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const NODES = ['worker-a', 'worker-b'];
const [SHOP, PAY] = [30001, 30002];
const [HTTP, HTTPS] = [8080, 443];
/** A change of an honest Service has to be served within this time, on a machine that does other work besides. */
const IN_TIME_MS = 15_000;
const REQUESTS_PER_SECOND = 100;
/** Of the producer, whose Pod has 512. */
const MOST_MEGABYTES = 400;

const plain = (hostname: string): PortOptions => ({
  'listen-port': String(HTTP),
  'use-ssl': 'false',
  hostname,
});
const own = (index: number, address?: string): PortOptions => ownBind(20_000 + index, address);

/** Of the logs, in characters. */
const LONGEST_LINE = 25_000;
const longestLine = (log: string): number => Math.max(...log.split('\n').map(({ length }) => length));
const list = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => of(index)).join(',');

/** A folder of certificates, of which HAProxy would load 30,000. */
const CROWD = 'crowd';

onEachHaproxy('one namespace never stops the others', (haproxyBinary) => {
  let fleet: Fleet;
  let cluster: Cluster;
  let producer: RunningProcess;
  let load: Load;
  let changes = 0;

  const shop = (): Manifest =>
    serviceManifest({
      name: 'shop',
      namespace: 'shop',
      nodePort: SHOP,
      options: plain(`shop.example.com,shop-${String(changes)}.example.com`),
    });
  const pay = (): Manifest =>
    serviceManifest({
      name: 'pay',
      namespace: 'pay',
      nodePort: PAY,
      options: { hostname: 'pay.example.com', 'backends-use-ssl': 'false' },
    });
  const served = (host: string, nodePort: number, secure = false): Promise<void> =>
    answersOnEveryHost(
      fleet,
      { port: secure ? HTTPS : HTTP, host, ...(secure && { ca: fleet.authority.ca }) },
      { nodePort, nodes: NODES },
      { limitMs: IN_TIME_MS },
    );
  /** Changes an honest Service, and waits until each host serves the change. */
  async function honestChange(): Promise<void> {
    changes += 1;
    await cluster.apply(shop());
    await served(`shop-${String(changes)}.example.com`, SHOP);
    await served('pay.example.com', PAY, true);
  }
  const nothingOfEvil = (): void => {
    for (const host of fleet.hosts) {
      const config = host.dynamicConfig();
      const listening = config.split('\n\n').filter((section) => /^frontend /m.test(section));
      expect(listening.filter((section) => section.includes('evil'))).toEqual([]);
    }
  };

  /** Removes what an attack has added, and lets go what a guard holds of it, so that the next attack finds nothing. */
  async function removeAll(manifests: readonly Manifest[]): Promise<void> {
    for (const manifest of manifests) await cluster.delete(manifest);
    await honestChange();
    await approveUntilGone(fleet, 'evil/');
  }

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, consumers: false });
    await fleet.nodes.listen(SHOP, PAY, ...Array.from({ length: 40 }, (_, index) => FIRST_NODE_PORT + index));
    await fleet.addCertificate(['pay.example.com']);
    const { cert, key } = await fleet.authority.issue(['crowd.example.net']);
    mkdirSync(join(fleet.certificateDir, CROWD));
    for (let index = 0; index < 150; index += 1)
      writeFileSync(join(fleet.certificateDir, CROWD, `${String(index)}.pem`), cert + key, { mode: 0o600 });
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    await cluster.apply(shop());
    await cluster.apply(pay());
    // The tests change more often than the default budgets of reloads and of a namespace allow.
    for (const host of fleet.hosts) host.startConsumer('--reload-burst=100', '--reload-interval=100ms');
    producer = fleet.startProducer(cluster.source, '--namespace-changes=0');
    await served('shop.example.com', SHOP);
    await served('pay.example.com', PAY, true);
    const targets = fleet.hosts.flatMap(({ address }) => [
      { address, port: HTTP, host: 'shop.example.com', nodePort: SHOP },
      { address, port: HTTPS, host: 'pay.example.com', nodePort: PAY, ca: fleet.authority.ca },
    ]);
    load = await startLoad({ targets, perSecond: REQUESTS_PER_SECOND, limitMs: 5_000 }, fleet.logs);
  });
  afterAll(() => fleet.close());

  it.each<[string, readonly Manifest[]]>([
    [
      '28 ports with missing certificates on the bind of others',
      [evilService('late', 28, (index) => ({ hostname: `h${String(index)}.example.net` }))],
    ],
    [
      '40 ports with certificates in a folder that isn’t there',
      [
        evilService('folder', 40, (index) => ({
          hostname: `h${String(index)}.example.net`,
          'ssl-certificate': `no/such/folder/${String(index)}.pem`,
        })),
      ],
    ],
    [
      '60 Services, each with a missing certificate on a bind of its own',
      Array.from({ length: 60 }, (_, number) =>
        evilService(`own-${String(number)}`, 1, () => ({
          hostname: `h${String(number)}.example.net`,
          'listen-port': String(21_000 + number),
        })),
      ),
    ],
    ['864 addresses that no host has', [evilService('nowhere', 54, (index) => own(index, nowhere(16)))]],
    [
      '100 ports with a folder of 150 certificates, for which there is room, but more than its share',
      [
        evilService('many', 100, (index) => ({
          hostname: `h${String(index)}.example.net`,
          'listen-port': String(22_000 + index),
          'ssl-certificate': CROWD,
        })),
      ],
    ],
    [
      '200 ports with a folder of 150 certificates',
      [
        evilService('many', 200, (index) => ({
          hostname: `h${String(index)}.example.net`,
          'listen-port': String(22_000 + index),
          'ssl-certificate': CROWD,
        })),
      ],
    ],
  ])('by %s', async (_what, manifests) => {
    const after = fleet.hosts.map((host) => host.consumer().log().length);
    for (const manifest of manifests) await cluster.apply(manifest);
    await honestChange();
    for (const [index, host] of fleet.hosts.entries()) {
      await waitForEvent(host.consumer(), ({ leftOut }) => JSON.stringify(leftOut ?? []).includes('"evil"'));
      expect(host.consumer().log().slice(after[index])).not.toContain('apply.rejected');
    }
    await honestChange();
    nothingOfEvil();
    for (const [index, host] of fleet.hosts.entries())
      expect(longestLine(host.consumer().log().slice(after[index]))).toBeLessThan(LONGEST_LINE);
    await removeAll(manifests);
  });

  it('by more good ports than all others together, that are all moved to an address that no host has', async () => {
    await cluster.apply(evilService('many', 20, (index) => own(index)));
    await honestChange();
    for (const host of fleet.hosts) expect(host.dynamicConfig()).toContain('20019');
    await cluster.apply(evilService('many', 20, (index) => own(index, nowhere(1))));
    await honestChange();
    // A guard holds what evil would lose, so that its own binds stay where they were.
    for (const host of fleet.hosts) {
      expect(host.dynamicConfig()).toContain('20019');
      expect(host.dynamicConfig()).not.toContain(`bind ${nowhere(1)}`);
    }
    await cluster.apply(evilService('many', 20, (index) => own(index)));
    await honestChange();
    for (const host of fleet.hosts) expect(host.dynamicConfig()).toContain('20019');
    await removeAll([evilService('many', 0, () => ({}))]);
  });

  /** Waits until the producer has reported this of each port or Service. */
  async function reported(code: string, ...subjects: readonly string[]): Promise<void> {
    for (const subject of subjects)
      await waitForEvent(
        producer,
        (event) =>
          event.msg === 'diagnostic.appeared' &&
          event['code'] === code &&
          event['subject'] === `Service evil/${subject}`,
      );
  }

  it('by asking for more than one Service may have', async () => {
    const manifests = [
      evilService('names', 1, () => plain(list(20_000, (index) => `h${String(index)}.test`))),
      evilService('letters', 1, () => plain('a'.repeat(255_000))),
      evilService('addresses', 1, () => own(0, nowhere(22_848))),
      evilService('ports', 250, (index) => own(index)),
    ];
    for (const manifest of manifests) await cluster.apply(manifest);
    await reported('over-limit', 'names port p0', 'addresses port p0', 'ports');
    await reported('invalid-value', 'letters port p0');
    await honestChange();
    const text = (await fleet.etcd.get()) ?? '';
    expect(text).toMatch(/_evil_ports_p199_backend/);
    expect(text).not.toMatch(/_evil_(?:ports_p200|names|letters|addresses)/);
    const longest = Math.max(
      ...producer
        .log()
        .split('\n')
        .map(({ length }) => length),
    );
    expect(longest).toBeLessThan(5_000);
    expect(peakMemoryOf(producer)).toBeLessThan(MOST_MEGABYTES);
    await removeAll(manifests);
  });

  it('by ports and addresses of other programs on the hosts', async () => {
    const kept = ['22', '2379', '9641', '10250', '10256'];
    const local = ['127.0.0.1', '169.254.169.254', '::1'];
    const manifest = evilService('ports', kept.length + local.length + 1, (index) => {
      const address = local[index - kept.length];
      return {
        ...own(index, address),
        'listen-port': kept[index] ?? (address === undefined ? '25' : '8123'),
      };
    });
    await cluster.apply(manifest);
    await reported('reserved-port', ...kept.map((_, index) => `ports port p${String(index)}`));
    await reported('local-address', ...local.map((_, index) => `ports port p${String(kept.length + index)}`));
    await honestChange();
    const binds = fleet.hosts.map((host) => host.dynamicConfig().match(/^ {2}bind .*$/gm) ?? []);
    for (const own of binds)
      expect(own.map((line) => line.split(' ')[3])).toEqual(
        expect.arrayContaining(['*:25', '*:443', '*:8080']) as string[],
      );
    for (const own of binds) expect(own).toHaveLength(3);
    await removeAll([manifest]);
  });

  // It listens on ::, as most programs do, which /proc/net/tcp6 doesn't show to take IPv4 as well.
  it('by the port of a program that restarts: it is left to it until SIGHUP', async () => {
    const [host] = fleet.hosts;
    if (host === undefined) throw new Error('no host');
    const script = "require('net').createServer().listen(7000, () => console.log('listening'))";
    const start = async (): Promise<RunningProcess> => {
      const program = host.startProgram('other-program', [process.execPath, '-e', script]);
      await program.waitForLog(/listening/);
      return program;
    };
    const told = (reason: RegExp, after = 0): Promise<unknown> =>
      waitForEvent(host.consumer(), ({ leftOut }) => reason.test(JSON.stringify(leftOut ?? [])), { after });
    const first = await start();
    await cluster.apply(evilService('squat', 1, () => ownBind(7000)));
    await told(/is held by another program/);
    // It has to be seen there for a second, since an old worker of HAProxy may hold a port for a moment.
    await triedAgain(host, 1_100);
    await honestChange();
    await first.kill();
    await told(/may only be restarting/);
    expect(host.dynamicConfig()).not.toContain(':7000');
    const second = await start();
    const after = logEvents(host.consumer()).length;
    await told(/is held by another program/, after);
    await second.kill();
    await told(/may only be restarting/, after);
    host.consumer().signal('SIGHUP');
    await waitFor('HAProxy has the port', async () => {
      const answer = await askTcp(host.address, 7000);
      return when(answer.endsWith(` ${String(FIRST_NODE_PORT)}`), answer);
    });
    await cluster.delete(evilService('squat', 0, () => ({})));
    await honestChange();
  });

  it('and no request of the others failed meanwhile', async () => {
    const { sent, failed, failures } = await load.stop();
    expect(sent).toBeGreaterThan(0);
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
  });
});
