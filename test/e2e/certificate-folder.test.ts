import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { waitForEvent } from '../support/fleet/log-events.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const NODES = ['worker-a', 'worker-b'];
/** More certificates on one bind than the producer lists, so that the bind names their folder. */
const SERVICES = Array.from({ length: 40 }, (_, index) => `s${String(index).padStart(2, '0')}`);
const portOf = (name: string): number => 30_001 + Number(name.slice(1));

describe('a certificate folder with invalid files', () => {
  let fleet: Fleet;
  let manifests: string;
  const file = (name: string): string => join(fleet.certificateDir, `${name}.example.com.pem`);
  const publish = (name: string, ...more: readonly string[]): void => {
    const hostname = [name, ...more].map((each) => `${each}.example.com`).join(',');
    const options = {
      hostname,
      'backends-use-ssl': 'false',
      'ssl-certificate': `${name}.example.com.pem`,
    };
    const service = serviceManifest({ name, nodePort: portOf(name), options });
    writeFileSync(join(manifests, `${name}.json`), JSON.stringify(service));
  };
  const served = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      const question = { port: 443, host: `${name}.example.com`, ca: fleet.authority.ca };
      await answersOnEveryHost(
        fleet,
        question,
        { nodePort: portOf(name), nodes: NODES },
        { limitMs: 30_000 },
      );
    }
  };
  const namesFolder = (host: string): boolean =>
    fleet.host(host).dynamicConfig().includes(` crt ${fleet.certificateDir} `);
  const untilWhole = async (): Promise<void> => {
    await waitFor(
      'every host has the complete text',
      () =>
        Promise.resolve(
          when(
            fleet.hosts.every(({ name }) => namesFolder(name)),
            fleet.logTails(2),
          ),
        ),
      { limitMs: 30_000 },
    );
  };

  beforeAll(async () => {
    fleet = await startFleet();
    await fleet.nodes.listen(...SERVICES.map(portOf), portOf('s40'), portOf('s41'));
    for (const name of [...SERVICES, 's40', 's41']) await fleet.addCertificate([`${name}.example.com`]);
    manifests = join(fleet.folder, 'manifests');
    mkdirSync(manifests);
    for (const node of fleet.nodes.list())
      writeFileSync(join(manifests, `${node.name}.json`), JSON.stringify(nodeManifest(node)));
    for (const name of SERVICES) publish(name);
    fleet.startProducer({ from: manifests });
    await served(SERVICES);
    await untilWhole();
  });
  afterAll(() => fleet.close());

  it('changes of other Services are served, and each invalid file is named with its Service', async () => {
    const pem = readFileSync(file('s07'), 'utf8');
    writeFileSync(file('s07'), pem.slice(0, pem.length - 100));
    const { key } = await fleet.authority.issue(['s11.example.com']);
    const [certificate = ''] = readFileSync(file('s11'), 'utf8').split(/(?=-----BEGIN [A-Z ]*PRIVATE)/);
    writeFileSync(file('s11'), certificate + key);
    writeFileSync(join(fleet.certificateDir, 'notes.txt'), 'where the certificates come from\n');
    publish('s40');
    const innocent = [...SERVICES, 's40'].filter((name) => name !== 's07' && name !== 's11');
    await served(innocent);
    for (const host of fleet.hosts) {
      const { leftOut } = await waitForEvent(
        host.consumer(),
        (event) =>
          event.msg === 'apply.applied' && JSON.stringify(event['leftOut'] ?? '').includes('notes.txt'),
      );
      expect(leftOut).toHaveLength(3);
      expect(leftOut).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            sources: [{ namespace: 'default', service: 's07', port: 'web' }],
            message: expect.stringContaining(file('s07')),
          }),
          expect.objectContaining({
            sources: [{ namespace: 'default', service: 's11', port: 'web' }],
            message: expect.stringContaining(file('s11')),
          }),
          expect.objectContaining({
            sources: [],
            message: expect.stringContaining(join(fleet.certificateDir, 'notes.txt')),
          }),
        ]),
      );
      const { stdout } = await host.runConsumer('status');
      for (const name of ['s07', 's11', 'notes.txt']) expect(stdout).toContain(name);
      const standIns = join(dirname(host.haproxyConfig), 'kubefigurator', 'certificates');
      // The agent retries the refused files from time to time and creates temporary folders for that, hence the wait.
      await waitFor('diff leaves the folders as they are', async () => {
        const before = readdirSync(standIns);
        const { stderr } = await host.runConsumer('diff');
        expect(stderr).toMatch(/^none; LEFT OUT: .*s07.*/);
        const after = readdirSync(standIns);
        return when(after.join() === before.join(), `${before.join()} became ${after.join()}`);
      });
    }
  });

  it('a Service that is added meanwhile with its certificate is served', async () => {
    publish('s41');
    await served(['s41', 's40', 's00']);
  });

  it('HAProxy also starts with this text', async () => {
    const host = fleet.host('lb-1');
    await host.stopHaproxy();
    await host.startHaproxy();
    await served(['s00', 's39', 's40', 's41']);
  });

  it('once the files are corrected every Service is served from the folder itself', async () => {
    await fleet.addCertificate(['s07.example.com']);
    await fleet.addCertificate(['s11.example.com']);
    rmSync(join(fleet.certificateDir, 'notes.txt'));
    await served([...SERVICES, 's40', 's41']);
    await untilWhole();
    for (const { haproxyConfig } of fleet.hosts)
      expect(
        readdirSync(join(dirname(haproxyConfig), 'kubefigurator', 'certificates')).length,
      ).toBeLessThanOrEqual(2);
  });
});
