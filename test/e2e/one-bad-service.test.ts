import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { evilService } from '../support/fleet/hostile-services.ts';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { Load } from '../support/measuring/load.ts';
import { startLoad } from '../support/measuring/load.ts';
import { workers } from '../support/measuring/machine.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const NODES = ['worker-a', 'worker-b', 'worker-c'];
/** An https Service without TLS to the nodes. */
function shopService(name: string, nodePort: number, hostname = `${name}.example.com`): string {
  return JSON.stringify(
    serviceManifest({ name, nodePort, options: { hostname, 'backends-use-ssl': 'false' } }),
  );
}

onEachHaproxy('one bad Service never blocks another: a certificate is missing', (haproxyBinary) => {
  let fleet: Fleet;
  let manifests: string;
  let load: Load;
  const write = (name: string, text: string): void => writeFileSync(join(manifests, `${name}.json`), text);
  const served = (name: string, nodePort: number, limitMs = 15_000): Promise<void> => {
    const question = { port: 443, host: `${name}.example.com`, ca: fleet.authority.ca };
    return answersOnEveryHost(fleet, question, { nodePort, nodes: NODES }, { limitMs });
  };
  const eventAboutBad = (host: string): Promise<LogEvent> =>
    waitForEvent(fleet.host(host).consumer(), ({ leftOut }) =>
      JSON.stringify(leftOut ?? []).includes('"bad"'),
    );

  const logged = (): Map<string, number> =>
    new Map(fleet.hosts.map((host) => [host.name, logEvents(host.consumer()).length]));

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary });
    await fleet.nodes.listen(30001, 30002, 30003);
    await fleet.addCertificate(['good.example.com']);
    await fleet.addCertificate(['other.example.com']);
    manifests = join(fleet.folder, 'manifests');
    mkdirSync(manifests);
    fleet.nodes.list().forEach((node) => write(node.name, JSON.stringify(nodeManifest(node))));
    write('good', shopService('good', 30001));
    // The Services that are left out have most of the host names, and go again.
    fleet.startProducer({ from: manifests }, '--no-guards');
    await served('good', 30001);
    const targets = fleet.hosts.map(({ address }) => ({
      ...{ address, port: 443, host: 'good.example.com', nodePort: 30001, ca: fleet.authority.ca },
    }));
    load = await startLoad({ targets, perSecond: 50, limitMs: 5_000 }, fleet.logs);
  });
  afterAll(() => fleet.close());

  it('the others are served on the same bind, the Service is named, and the text in etcd is complete', async () => {
    write('bad', shopService('bad', 30002));
    write('other', shopService('other', 30003));
    await served('other', 30003);
    await served('good', 30001);
    for (const { name } of fleet.hosts) {
      expect(await eventAboutBad(name)).toMatchObject({
        msg: 'apply.applied',
        leftOut: [{ sources: [{ namespace: 'default', service: 'bad', port: 'web' }] }],
      });
    }
    expect(fleet.host('lb-1').dynamicConfig()).not.toContain('bad');
    expect(await fleet.etcd.get()).toContain('bad.example.com');
  });

  it.each<readonly [string, (folder: string) => readonly string[]]>([
    ['with another end', () => ['good.example.com.pem.x']],
    [
      'with the ends of files beside it',
      () =>
        ['key', 'ocsp', 'issuer', 'sctl', 'rsa', 'dsa', 'ecdsa'].map((end) => `good.example.com.pem.${end}`),
    ],
    ['with a character more', () => ['good.example.com.pem+']],
    ['with the whole path in it', (folder) => [`${folder.slice(1)}/good.example.com.pem`]],
    ['on a dozen ports', () => Array.from({ length: 12 }, (_, index) => `good.example.com.pem.x${index}`)],
    // HAProxy names one missing file of a bind at each check, and a text is checked 25 times at most.
    [
      'on 25 ports, beside one more that is missing',
      () => Array.from({ length: 25 }, (_, index) => `good.example.com.pem.y${index}`),
    ],
  ])(
    'a Service that names the certificate of another %s is left out, and nobody else',
    async (_how, files) => {
      const names = files(fleet.certificateDir);
      const envious = evilService('envious', names.length, (index) => ({
        hostname: `h${index}.example.net`,
        'ssl-certificate': names[index] ?? '',
      }));
      const before = logged();
      write('envious', JSON.stringify(envious));
      for (const { name } of fleet.hosts) {
        const isAboutEnvious = ({ leftOut }: LogEvent): boolean =>
          JSON.stringify(leftOut ?? []).includes('"envious"');
        const { leftOut } = await waitForEvent(fleet.host(name).consumer(), isAboutEnvious, {
          after: before.get(name) ?? 0,
        });
        expect(JSON.stringify(leftOut)).not.toContain('"good"');
      }
      await served('good', 30001);
      for (const host of fleet.hosts) expect(host.dynamicConfig()).not.toContain('envious');
      rmSync(join(manifests, 'envious.json'));
      await waitFor('the Service is gone', async () => {
        const text = (await fleet.etcd.get()) ?? '';
        return when(!text.includes('envious'), text);
      });
    },
  );

  it('a Node that is added meanwhile gets requests at run time, without another check or reload', async () => {
    await Promise.all(fleet.hosts.map((host) => host.waitUntilReady()));
    const before = await Promise.all(fleet.hosts.map(workers));
    const newcomer = await fleet.nodes.add('worker-c');
    write('worker-c', JSON.stringify(nodeManifest(newcomer)));
    const question = { port: 443, host: 'good.example.com', ca: fleet.authority.ca };
    await answersOnEveryHost(fleet, question, { nodePort: 30001, nodes: ['worker-c'] });
    for (const { name } of fleet.hosts) {
      const event = await waitForEvent(
        fleet.host(name).consumer(),
        ({ msg, method }) => msg === 'apply.applied' && method === 'runtime',
      );
      expect(event['leftOut']).toMatchObject([{ sources: [{ service: 'bad' }] }]);
    }
    expect(await Promise.all(fleet.hosts.map(workers))).toEqual(before);
  });

  it('the bad Service is served once its file is there, without any change in etcd', async () => {
    const before = await fleet.etcd.get();
    await fleet.addCertificate(['bad.example.com']);
    await served('bad', 30002, 20_000);
    expect(await fleet.etcd.get()).toBe(before);
  });

  it('a certificate that breaks later costs nobody anything: it is served from the host’s own copy', async () => {
    const file = join(fleet.certificateDir, 'bad.example.com.pem');
    const pem = readFileSync(file, 'utf8');
    for (const { stateDirectory } of fleet.hosts) {
      const list = join(stateDirectory, 'certificate-copies.json');
      await waitFor('copies of all certificates', () => {
        const copied = existsSync(list) ? readFileSync(list, 'utf8') : '';
        return Promise.resolve(when(copied.includes(file), copied));
      });
    }
    writeFileSync(file, 'no certificate\n');
    await fleet.addCertificate(['better.example.com', 'good.example.com'], 'better.example.com.pem');
    write('good', shopService('good', 30001, 'better.example.com,good.example.com'));
    await served('better', 30001);
    await served('bad', 30002);
    for (const host of fleet.hosts) expect(host.dynamicConfig()).toContain('/kubefigurator/copies/');
    writeFileSync(file, pem);
    await served('bad', 30002, 20_000);
    rmSync(file);
  });

  it('and no request to the others failed meanwhile', async () => {
    const { sent, failed, failures } = await load.stop();
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
    expect(sent).toBeGreaterThan(100);
  });
});
