import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { readDocBlocks } from '../support/machine/doc-blocks.ts';
import { repositoryRoot } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

/** The last resort of the runbook KubefiguratorHaproxyStopped. */
describe('a host whose HAProxy can’t start with dynamic.cfg, since a certificate and its copy are gone', () => {
  let fleet: Fleet;
  let cluster: Cluster;

  beforeAll(async () => {
    fleet = await startFleet({ hosts: ['lb-1'] });
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    fleet.startProducer(cluster.source);
    await fleet.nodes.listen(30001);
    for (const name of ['good', 'lost']) {
      await fleet.addCertificate([`${name}.example.com`]);
      await cluster.apply(
        serviceManifest({ name, nodePort: 30001, options: { hostname: `${name}.example.com` } }),
      );
    }
    await answers('lost');
    // A HAProxy that ends before its reload is proven gets the file of before.
    await fleet.host('lb-1').waitUntilReady();
  });
  afterAll(() => fleet.close());

  const answers = (name: string): Promise<void> =>
    answersOnEveryHost(
      fleet,
      { port: 443, host: `${name}.example.com`, ca: fleet.authority.ca },
      { nodePort: 30001, nodes: ['worker-a', 'worker-b'] },
    );

  it('serves all other Services again after the steps of the runbook, and says what it leaves out', async () => {
    const host = fleet.host('lb-1');
    const [, emptied = ''] = readDocBlocks(join(repositoryRoot, 'docs/operations.md'))
      .filter(({ heading }) => heading === 'KubefiguratorHaproxyStopped')
      .map(({ code }) => /^echo '(.*)' > \/etc\/haproxy\/dynamic\.cfg$/m.exec(code)?.[1] ?? '');
    expect(emptied).not.toBe('');
    await host.stopHaproxy();
    await host.stopConsumer();
    rmSync(join(fleet.certificateDir, 'lost.example.com.pem'));
    rmSync(join(dirname(host.haproxyConfig), 'kubefigurator/copies'), { recursive: true, force: true });
    expect(await host.check(host.dynamicConfig())).not.toMatchObject({ code: 0 });

    writeFileSync(host.haproxyConfig, `${emptied}\n`);
    await host.startHaproxy();
    host.startConsumer();
    await answers('good');
    await waitFor('status says what is left out', async () => {
      const { stdout } = await host.runConsumer('status');
      return when(/default\/lost.*lost\.example\.com/.test(stdout), stdout);
    });
  });
});
