import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { fingerprintOf } from '../support/fleet/handshake.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';

const NODES = ['worker-a', 'worker-b'];
const [SHOP, EVIL] = [30001, 30002];
/** With these the bind has so many certificates that the text names their folder. */
const MANY = Array.from({ length: 30 }, (_, index) => `0-early-${String(index).padStart(2, '0')}`);

onEachHaproxy('an old certificate for a name that is served', (haproxyBinary) => {
  let fleet: Fleet;
  let cluster: Cluster;
  let good: string;
  let former: string;
  const issue = async (file: string, names: readonly string[]): Promise<string> => {
    const { cert, key } = await fleet.authority.issue(names);
    writeFileSync(join(fleet.certificateDir, file), cert + key, { mode: 0o600 });
    return new X509Certificate(cert).fingerprint;
  };
  const publish = (name: string, nodePort: number, certificate: string, namespace = 'evil'): Promise<void> =>
    cluster.apply(
      serviceManifest({
        ...{ name, namespace, nodePort },
        options: {
          hostname: `${name}.example.com`,
          'backends-use-ssl': 'false',
          'ssl-certificate': certificate,
        },
      }),
    );
  const served = (name: string, nodePort: number): Promise<void> =>
    answersOnEveryHost(
      fleet,
      { port: 443, host: `${name}.example.com`, ca: fleet.authority.ca },
      { nodePort, nodes: NODES },
      { limitMs: 30_000 },
    );
  const shown = (host = 'shop.example.com'): Promise<readonly string[]> =>
    Promise.all(fleet.hosts.map(({ address }) => fingerprintOf(address, host)));

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary });
    await fleet.nodes.listen(SHOP, EVIL);
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    good = await issue('shop.example.com.pem', ['shop.example.com']);
    former = await issue('0-former.pem', ['shop.example.com', 'thief.example.com']);
    for (const name of MANY)
      await issue(
        `${name}.pem`,
        ['shop', 'thief', name].map((host) => `${host}.example.com`),
      );
    await publish('shop', SHOP, 'shop.example.com.pem', 'shop');
    fleet.startProducer(cluster.source);
    await served('shop', SHOP);
  });
  afterAll(() => fleet.close());

  it('is not shown for it, though its path sorts first', async () => {
    expect(await shown()).toEqual(fleet.hosts.map(() => good));
    await publish('thief', EVIL, '0-former.pem');
    await served('thief', EVIL);
    expect(await shown()).toEqual(fleet.hosts.map(() => good));
  });

  it('is not shown for it on a bind with so many certificates that the text names their folder', async () => {
    for (const name of MANY) await publish(name, EVIL, `${name}.pem`);
    for (const name of MANY) await served(name, EVIL);
    expect(/ssl (.*) alpn/.exec((await fleet.etcd.get()) ?? '')?.[1]).toMatch(/^crt \S+ crt \S+\/$/);
    expect(await shown()).toEqual(fleet.hosts.map(() => good));
    // This one stands in the list, behind nothing that came later.
    expect(await shown('thief.example.com')).toEqual(fleet.hosts.map(() => former));
  });
});
