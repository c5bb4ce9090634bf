import { linkSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { untilRecorded } from '../support/fleet/counters.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { waitForEvent } from '../support/fleet/log-events.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { workers } from '../support/measuring/machine.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const NODES = ['worker-a', 'worker-b'];
/** A folder is looked at every 10 seconds. */
const LOOK = { limitMs: 30_000 };
const portOf = (name: string): number => 30_001 + Number(name.slice(1));

onEachHaproxy('a folder of certificates that a Service asks for', (haproxyBinary) => {
  let fleet: Fleet;
  let manifests: string;
  const issue = async (name: string): Promise<string> => {
    const { cert, key } = await fleet.authority.issue([`${name}.example.com`]);
    return cert + key;
  };
  const publish = (name: string, more: Readonly<Record<string, string>>): void => {
    const options = { hostname: `${name}.example.com`, 'backends-use-ssl': 'false', ...more };
    const service = serviceManifest({ name, nodePort: portOf(name), options });
    writeFileSync(join(manifests, `${name}.json`), JSON.stringify(service));
  };

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary });
    await fleet.nodes.listen(...['s42', 's43', 's45'].map(portOf));
    manifests = join(fleet.folder, 'manifests');
    mkdirSync(manifests);
    for (const node of fleet.nodes.list())
      writeFileSync(join(manifests, `${node.name}.json`), JSON.stringify(nodeManifest(node)));
    writeFileSync(join(fleet.certificateDir, 's42.pem'), await issue('s42'), { mode: 0o600 });
    publish('s42', { 'ssl-certificate': 's42.pem' });
    fleet.startProducer({ from: manifests });
    const question = { port: 443, host: 's42.example.com', ca: fleet.authority.ca };
    await answersOnEveryHost(fleet, question, { nodePort: portOf('s42'), nodes: NODES }, { limitMs: 30_000 });
  });
  afterAll(() => fleet.close());

  it('a half-written file of a folder that a Service asks for is said in plain words, with that Service', async () => {
    const folder = join(fleet.certificateDir, 'many');
    mkdirSync(`${folder}-small`);
    symlinkSync(`${folder}-small`, folder);
    for (const name of ['s43', 's44'])
      writeFileSync(join(folder, `${name}.pem`), await issue(name), { mode: 0o600 });
    writeFileSync(join(folder, 'broken.pem'), (await issue('s44')).slice(0, 700));
    publish('s43', { 'ssl-certificate': 'many', 'listen-port': '8443' });
    for (const host of fleet.hosts) {
      const { leftOut } = await waitForEvent(host.consumer(), ({ leftOut: parts }) =>
        JSON.stringify(parts ?? '').includes('broken.pem'),
      );
      const [{ sources, message }] = leftOut as [{ sources: unknown; message: string }];
      expect(message).toMatch(
        /^certificate '\S+\/broken\.pem': it is incomplete: a block of it has no end; HAProxy: /,
      );
      expect(sources).toEqual([{ namespace: 'default', service: 's43', port: 'web' }]);
    }
    rmSync(join(folder, 'broken.pem'));
    const question = { port: 8443, host: 's43.example.com', ca: fleet.authority.ca };
    await answersOnEveryHost(fleet, question, { nodePort: portOf('s43'), nodes: NODES }, { limitMs: 30_000 });
    for (const host of fleet.hosts) await untilRecorded(host);
  });

  it('a folder that is served and grows too far stays as it was, and everybody’s changes go live', async () => {
    const folder = join(fleet.certificateDir, 'many');
    const large = `${folder}-large`;
    const small = readdirSync(folder);
    const more = Array.from({ length: 20_001 }, (_, index) => `x${String(index)}.pem`);
    mkdirSync(large);
    for (const name of small) linkSync(join(folder, name), join(large, name));
    for (const name of more) linkSync(join(folder, 's43.pem'), join(large, name));
    const become = (target: string): void => {
      symlinkSync(target, `${folder}-next`);
      renameSync(`${folder}-next`, folder);
    };
    const before = await Promise.all(fleet.hosts.map(workers));
    become(large);
    const isFolder = ({ msg, file: path }: LogEvent, expected: string): boolean =>
      msg === expected && path === folder;
    for (const host of fleet.hosts) {
      const said = await waitForEvent(
        host.consumer(),
        (event) => isFolder(event, 'certificate.rejected'),
        LOOK,
      );
      expect(said['sources']).toEqual([{ namespace: 'default', service: 's43', port: 'web' }]);
      expect(said['reason']).toMatch(
        /^this folder has grown to 20003 certificates, and .*: the list before stays$/,
      );
      await waitFor(`status of ${host.name} names the folder`, async () => {
        const { stdout } = await host.runConsumer('status');
        return when(/many of default\/s43 port web: this folder has grown/.test(stdout), stdout);
      });
    }
    expect(await Promise.all(fleet.hosts.map(workers))).toEqual(before);
    writeFileSync(join(fleet.certificateDir, 's45.pem'), await issue('s45'), { mode: 0o600 });
    publish('s45', { 'ssl-certificate': 's45.pem' });
    const question = { port: 443, host: 's45.example.com', ca: fleet.authority.ca };
    await answersOnEveryHost(fleet, question, { nodePort: portOf('s45'), nodes: NODES }, { limitMs: 30_000 });
    become(`${folder}-small`);
    for (const host of fleet.hosts)
      await waitForEvent(host.consumer(), (event) => isFolder(event, 'certificate.recovered'), LOOK);
  });
});
