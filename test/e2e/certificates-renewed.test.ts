import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { fingerprintOf } from '../support/fleet/handshake.ts';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { startLoad } from '../support/measuring/load.ts';
import { workers } from '../support/measuring/machine.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const NODES = ['worker-a', 'worker-b'];
const SERVICES = ['rename', 'place', 'link', 'swap', 'copy'] as const;
type ServiceName = (typeof SERVICES)[number];
const portOf = (name: ServiceName): number => 30_001 + SERVICES.indexOf(name);
const hostOf = (name: ServiceName): string => `${name}.example.com`;

onEachHaproxy('a certificate renewed on disk', (haproxyBinary) => {
  let fleet: Fleet;
  const path = (name: string): string => join(fleet.certificateDir, name);
  const file = (name: ServiceName): string => path(`${hostOf(name)}.pem`);
  const issue = async (name: ServiceName): Promise<string> => {
    const { cert, key } = await fleet.authority.issue([hostOf(name)]);
    return cert + key;
  };
  const replaceLink = (target: string, link: string): void => {
    symlinkSync(target, `${link}.new`);
    renameSync(`${link}.new`, link);
  };
  /** Waits until every host serves this certificate. */
  const served = async (name: ServiceName, pem: string, limitMs = 10_000): Promise<void> => {
    const { fingerprint } = new X509Certificate(pem);
    for (const { address } of fleet.hosts)
      await waitFor(
        `${address} serves the new certificate of ${name}`,
        async () => {
          const shown = await fingerprintOf(address, hostOf(name));
          return when(shown === fingerprint, `${shown}\n${fleet.logTails(8)}`);
        },
        { limitMs },
      );
  };
  /** The master executes itself again at a reload, and doesn't answer meanwhile. */
  const allWorkers = (): Promise<readonly string[]> =>
    waitFor('every master answers', () =>
      Promise.all(fleet.hosts.map(workers)).then(
        (done) => ({ done }),
        (error: unknown) => ({ pending: String(error) }),
      ),
    );
  const statuses = async (): Promise<string> =>
    (await Promise.all(fleet.hosts.map((host) => host.runConsumer('status'))))
      .map(({ stdout }) => stdout)
      .join('');

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary });
    await fleet.nodes.listen(...SERVICES.map(portOf));
    for (const name of SERVICES) writeFileSync(file(name), await issue(name), { mode: 0o600 });
    mkdirSync(path('.versions'));
    renameSync(file('link'), path('.versions/link-1.pem'));
    symlinkSync('.versions/link-1.pem', file('link'));
    mkdirSync(path('.live-1'));
    renameSync(file('swap'), path('.live-1/swap.pem'));
    symlinkSync('.live-1', path('.live'));
    symlinkSync('.live/swap.pem', file('swap'));
    const manifests = join(fleet.folder, 'manifests');
    mkdirSync(manifests);
    for (const node of fleet.nodes.list())
      writeFileSync(join(manifests, `${node.name}.json`), JSON.stringify(nodeManifest(node)));
    for (const name of SERVICES) {
      const options = { hostname: hostOf(name), 'backends-use-ssl': 'false' };
      const service = serviceManifest({ name, nodePort: portOf(name), options });
      writeFileSync(join(manifests, `${name}.json`), JSON.stringify(service));
    }
    fleet.startProducer({ from: manifests });
    for (const name of SERVICES) {
      const question = { port: 443, host: hostOf(name), ca: fleet.authority.ca };
      await answersOnEveryHost(
        fleet,
        question,
        { nodePort: portOf(name), nodes: NODES },
        { limitMs: 30_000 },
      );
    }
    await Promise.all(fleet.hosts.map((host) => host.waitUntilReady()));
  });
  afterAll(() => fleet.close());

  it('in any way is served within 10 seconds: no reload, and not one of 200 handshakes a second fails', async () => {
    const before = await allWorkers();
    const targets = fleet.hosts.flatMap(({ address }) =>
      SERVICES.map((name) => {
        return { address, port: 443, host: hostOf(name), nodePort: portOf(name), ca: fleet.authority.ca };
      }),
    );
    // Half of the requests open a connection of their own.
    const load = await startLoad({ targets, perSecond: 400, limitMs: 5_000 }, fleet.logs);
    const ways: Readonly<Record<ServiceName, (pem: string) => void>> = {
      rename: (pem) => {
        writeFileSync(`${file('rename')}.new`, pem);
        renameSync(`${file('rename')}.new`, file('rename'));
      },
      place: (pem) => writeFileSync(file('place'), pem),
      link: (pem) => {
        writeFileSync(path('.versions/link-2.pem'), pem);
        replaceLink('.versions/link-2.pem', file('link'));
      },
      swap: (pem) => {
        mkdirSync(path('.live-2'));
        writeFileSync(path('.live-2/swap.pem'), pem);
        replaceLink('.live-2', path('.live'));
      },
      // A deploy hook that does nothing but copy the file, its times included.
      copy: (pem) => {
        writeFileSync(join(fleet.folder, 'copy.pem'), pem);
        cpSync(join(fleet.folder, 'copy.pem'), file('copy'), { preserveTimestamps: true });
      },
    };
    const renewAll = async (): Promise<void> => {
      for (const name of SERVICES) {
        const pem = await issue(name);
        ways[name](pem);
        await served(name, pem);
      }
    };
    const report = await renewAll().then(
      () => load.stop(),
      async (error: unknown) => {
        await load.stop();
        throw error;
      },
    );
    expect(report).toMatchObject({ failed: 0, failures: [] });
    expect(report.closing).toBeGreaterThan(500);
    expect(await allWorkers()).toEqual(before);
    const event = await waitForEvent(
      fleet.host('lb-1').consumer(),
      ({ msg, file: renewed }) => msg === 'certificate.renewed' && renewed === file('rename'),
    );
    expect(event['sources']).toEqual([{ namespace: 'default', service: 'rename', port: 'web' }]);
  });

  it('is waited for while it is half-written, and no complaint is logged', async () => {
    const pem = await issue('place');
    const after = logEvents(fleet.host('lb-1').consumer()).length;
    writeFileSync(file('place'), pem.slice(0, 200));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    appendFileSync(file('place'), pem.slice(200, 900));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    appendFileSync(file('place'), pem.slice(900));
    await served('place', pem);
    const events = logEvents(fleet.host('lb-1').consumer()).slice(after);
    expect(
      events.filter(({ msg }) => msg.startsWith('certificate.re') && msg !== 'certificate.renewed'),
    ).toEqual([]);
  });

  it('that is broken leaves the old one serving, and names the Service until it is mended', async () => {
    const before = await allWorkers();
    const old = readFileSync(file('rename'), 'utf8');
    const { key } = await fleet.authority.issue(['other.example.com']);
    const broken = {
      rename: old.slice(0, -80),
      copy: readFileSync(file('copy'), 'utf8').replace(/-----BEGIN PRIVATE[\s\S]*/, key),
      place: '',
    };
    const good = {
      rename: old,
      copy: readFileSync(file('copy'), 'utf8'),
      place: readFileSync(file('place'), 'utf8'),
    };
    for (const name of ['rename', 'copy', 'place'] as const) {
      writeFileSync(file(name), broken[name]);
      for (const host of fleet.hosts)
        expect(
          await waitForEvent(
            host.consumer(),
            (event) => event.msg === 'certificate.rejected' && event['file'] === file(name),
          ),
        ).toMatchObject({ sources: [{ service: name }] });
      await served(name, good[name], 1_000);
      const log = fleet.host('lb-1').consumer().log();
      expect(log).not.toMatch(/PRIVATE KEY|[A-Za-z0-9+/]{60}/);
      const pem = await issue(name);
      writeFileSync(file(name), pem);
      await served(name, pem);
      await waitForEvent(
        fleet.host('lb-1').consumer(),
        (event) => event.msg === 'certificate.recovered' && event['file'] === file(name),
      );
    }
    expect(await allWorkers()).toEqual(before);
  });

  it('that lost its host name leaves the old one serving, through a reload too, until forget-certificate or a good one', async () => {
    const old = readFileSync(file('copy'), 'utf8');
    const { cert, key } = await fleet.authority.issue(['other.example.com']);
    writeFileSync(file('copy'), cert + key);
    const isRejected = ({ msg, reason }: LogEvent): boolean =>
      msg === 'certificate.rejected' && String(reason).startsWith("it doesn't name copy.example.com");
    for (const host of fleet.hosts) await waitForEvent(host.consumer(), isRejected);
    expect(await statuses()).toMatch(
      /NOT IN SYNC: certificate \S*copy\.example\.com\.pem of default\/copy port web: it doesn't name copy\.example\.com/,
    );
    for (const host of fleet.hosts) await host.master('reload').catch(() => undefined);
    await served('copy', old);
    for (const host of fleet.hosts)
      expect((await host.runConsumer('forget-certificate', `--file=${file('copy')}`)).code).toBe(0);
    for (const { address } of fleet.hosts)
      await waitFor('the new one is served', async () => {
        const shown = await fingerprintOf(address, 'other.example.com');
        return when(shown === new X509Certificate(cert).fingerprint, `${shown}\n${fleet.logTails(8)}`);
      });
    await waitFor('each host is in sync and warns', async () => {
      const text = await statuses();
      const said = text.match(/: in sync; WARNING: certificate \S* of default\/copy port web doesn't name/g);
      return when(said?.length === fleet.hosts.length, text);
    });
    writeFileSync(file('copy'), old);
    await served('copy', old);
  });

  it('that the runtime API can not take is served by one reload', async () => {
    const before = await allWorkers();
    const [leaf = '', key = ''] = (await issue('rename')).split(/(?=-----BEGIN [A-Z ]*PRIVATE)/);
    const pem = leaf + fleet.authority.ca.repeat(25) + key;
    expect(pem.length).toBeGreaterThan(12_000);
    writeFileSync(file('rename'), pem);
    await served('rename', pem);
    const after = await allWorkers();
    after.forEach((worker, index) => expect(worker).not.toBe(before[index]));
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await allWorkers()).toEqual(after);
    const event = await waitForEvent(
      fleet.host('lb-1').consumer(),
      ({ msg, method, reasons }) =>
        msg === 'apply.applied' && method === 'reload' && JSON.stringify(reasons).includes(file('rename')),
    );
    expect(JSON.stringify(event['reasons'])).toContain('12000 bytes');
  });

  it('while the host is frozen is served only after the thaw', async () => {
    const host = fleet.host('lb-1');
    await host.runConsumer('freeze');
    const [old, pem] = [readFileSync(file('copy'), 'utf8'), await issue('copy')];
    writeFileSync(file('copy'), pem);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await fingerprintOf(host.address, hostOf('copy'))).toBe(new X509Certificate(old).fingerprint);
    expect((await host.runConsumer('thaw')).code).toBe(0);
    await served('copy', pem);
  });

  it('while no agent runs is served by apply, or as soon as an agent starts, without a reload', async () => {
    const host = fleet.host('lb-1');
    const before = await workers(host);
    await host.stopConsumer();
    const pem = await issue('copy');
    writeFileSync(file('copy'), pem);
    const diff = await host.runConsumer('diff');
    expect(diff).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`runtime (certificate ${file('copy')} changed)`),
    });
    const { code, stdout } = await host.runConsumer('apply');
    expect([code, stdout]).toEqual([0, expect.stringContaining('applied (runtime)')]);
    await served('copy', pem);
    const next = await issue('copy');
    writeFileSync(file('copy'), next);
    host.startConsumer();
    await served('copy', next, 15_000);
    expect(await workers(host)).toBe(before);
    await host.waitUntilReady();
    expect(await statuses()).not.toContain('NOT IN SYNC');
  });

  it('survives a reload', async () => {
    const pem = await issue('link');
    rmSync(file('link'));
    writeFileSync(file('link'), pem);
    await served('link', pem);
    for (const host of fleet.hosts) await host.master('reload').catch(() => undefined);
    await served('link', pem);
  });
});
