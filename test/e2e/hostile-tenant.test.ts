import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { waitForEvent } from '../support/fleet/log-events.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { Load } from '../support/measuring/load.ts';
import { startLoad } from '../support/measuring/load.ts';

const NODES = ['worker-a', 'worker-b'];
const [SHOP, PAY, EVIL] = [30001, 30002, 30003];
const [HTTP, HTTPS] = [8080, 443];
/** A change of an honest Service has to be served within this time, on a machine that does other work besides. */
const IN_TIME_MS = 15_000;
const REQUESTS_PER_SECOND = 100;

type Options = Readonly<Record<string, string>>;

/** A Service of the hostile namespace: the options of each of its ports, by number. */
function evil(name: string, count: number, optionsOf: (index: number) => Options): Manifest {
  const { metadata, spec, ...rest } = serviceManifest({ name, namespace: 'evil', nodePort: EVIL });
  const ports = Array.from({ length: count }, (_, index) => ({
    name: `p${String(index)}`,
    port: index + 1,
    targetPort: 8080,
    nodePort: 31_000 + index,
    protocol: 'TCP',
  }));
  const annotations = ports.flatMap(({ name: port }, index) =>
    Object.entries(optionsOf(index)).map(([option, value]) => [
      `haproxy-kubefigurator.${port}.${option}`,
      value,
    ]),
  );
  return {
    ...rest,
    metadata: { ...metadata, annotations: Object.fromEntries(annotations) as Options },
    spec: { ...spec, ports },
  };
}

const plain = (hostname: string): Options => ({
  'listen-port': String(HTTP),
  'use-ssl': 'false',
  hostname,
});
const own = (index: number, address = '*'): Options => ({
  'listen-port': String(20_000 + index),
  'listen-ip': address,
  'haproxy-mode': 'tcp',
});
/** Addresses that no host has (RFC 5737). */
const nowhere = (count: number): string =>
  Array.from({ length: count }, (_, index) => `192.0.2.${String(index + 1)}`).join(',');

onEachHaproxy('one namespace never stops the others', (haproxyBinary) => {
  let fleet: Fleet;
  let cluster: Cluster;
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

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, consumers: false });
    await fleet.nodes.listen(SHOP, PAY, EVIL, ...Array.from({ length: 40 }, (_, index) => 31_000 + index));
    await fleet.addCertificate(['pay.example.com']);
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    await cluster.apply(shop());
    await cluster.apply(pay());
    // The tests change more often than the default budget of reloads allows.
    for (const host of fleet.hosts) host.startConsumer('--reload-burst=100', '--reload-interval=100ms');
    fleet.startProducer(cluster.source);
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
      [evil('late', 28, (index) => ({ hostname: `h${String(index)}.example.net` }))],
    ],
    [
      '40 ports with certificates in a folder that isn’t there',
      [
        evil('folder', 40, (index) => ({
          hostname: `h${String(index)}.example.net`,
          'ssl-certificate': `no/such/folder/${String(index)}.pem`,
        })),
      ],
    ],
    [
      '60 Services, each with a missing certificate on a bind of its own',
      Array.from({ length: 60 }, (_, number) =>
        evil(`own-${String(number)}`, 1, () => ({
          hostname: `h${String(number)}.example.net`,
          'listen-port': String(21_000 + number),
        })),
      ),
    ],
    ['320 addresses that no host has', [evil('nowhere', 20, (index) => own(index, nowhere(16)))]],
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
    for (const manifest of manifests) await cluster.delete(manifest);
    await honestChange();
  });

  it('by more good ports than all others together, that are all moved to an address that no host has', async () => {
    await cluster.apply(evil('many', 20, (index) => own(index)));
    await honestChange();
    for (const host of fleet.hosts) expect(host.dynamicConfig()).toContain('20019');
    await cluster.apply(evil('many', 20, (index) => own(index, nowhere(1))));
    await honestChange();
    nothingOfEvil();
    await cluster.apply(evil('many', 20, (index) => own(index)));
    await honestChange();
    for (const host of fleet.hosts) expect(host.dynamicConfig()).toContain('20019');
    await cluster.delete(evil('many', 0, () => ({})));
  });

  it('and no request of the others failed meanwhile', async () => {
    const { sent, failed, failures } = await load.stop();
    expect(sent).toBeGreaterThan(0);
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
  });
});
