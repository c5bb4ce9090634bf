import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { untilRecorded } from '../support/fleet/counters.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { fingerprintOf } from '../support/fleet/handshake.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { workers } from '../support/measuring/machine.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const NODES = ['worker-a', 'worker-b'];
/** More certificates on one bind than the producer lists, so that the published text names their folder. */
const SERVICES = Array.from({ length: 32 }, (_, index) => `s${String(index).padStart(2, '0')}`);
const LATER = ['s40', 's41', 's42'];
const portOf = (name: string): number => 30_001 + Number(name.slice(1));

onEachHaproxy('a folder of certificates', (haproxyBinary) => {
  let fleet: Fleet;
  let manifests: string;
  const file = (name: string): string => join(fleet.certificateDir, `${name}.example.com.pem`);
  const pems = new Map<string, string>();
  const issue = async (name: string): Promise<string> => {
    const { cert, key } = await fleet.authority.issue([`${name}.example.com`]);
    pems.set(name, cert + key);
    return cert + key;
  };
  const publish = (name: string): void => {
    const options = {
      hostname: `${name}.example.com`,
      'backends-use-ssl': 'false',
      'ssl-certificate': `${name}.example.com.pem`,
    };
    const service = serviceManifest({ name, nodePort: portOf(name), options });
    writeFileSync(join(manifests, `${name}.json`), JSON.stringify(service));
  };
  const served = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) {
      const question = { port: 443, host: `${name}.example.com`, ca: fleet.authority.ca };
      const expected = { nodePort: portOf(name), nodes: NODES };
      await answersOnEveryHost(fleet, question, expected, { limitMs: 30_000 });
    }
  };
  const showsItsOwn = async (...names: readonly string[]): Promise<void> => {
    for (const { address } of fleet.hosts)
      for (const name of names) {
        const { fingerprint } = new X509Certificate(pems.get(name) ?? '');
        await waitFor(`${address} shows the certificate of ${name}`, async () => {
          const shown = await fingerprintOf(address, `${name}.example.com`);
          return when(shown === fingerprint, shown + fleet.logTails(8));
        });
      }
  };
  const allWorkers = (): Promise<readonly string[]> => Promise.all(fleet.hosts.map(workers));
  const untilCopies = async (count: number): Promise<void> => {
    for (const host of fleet.hosts)
      await waitFor(
        `the list of ${host.name} names ${String(count)} copies`,
        () => {
          const list = listOf(host);
          return Promise.resolve(when(list.split('/copies/').length - 1 === count, list + fleet.logTails(8)));
        },
        { limitMs: 30_000 },
      );
  };

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary });
    await fleet.nodes.listen(...[...SERVICES, ...LATER].map(portOf));
    for (const name of [...SERVICES, 's40']) writeFileSync(file(name), await issue(name), { mode: 0o600 });
    // No Service names these files: if HAProxy read the folder, the first of two certificates for a name would win.
    const { cert, key } = await fleet.authority.issue(['s01.example.com']);
    writeFileSync(join(fleet.certificateDir, '0-former.pem'), cert + key);
    writeFileSync(join(fleet.certificateDir, 'notes.txt'), 'where the certificates come from\n');
    manifests = join(fleet.folder, 'manifests');
    mkdirSync(manifests);
    for (const node of fleet.nodes.list())
      writeFileSync(join(manifests, `${node.name}.json`), JSON.stringify(nodeManifest(node)));
    for (const name of SERVICES) publish(name);
    fleet.startProducer({ from: manifests });
    await served(...SERVICES);
    for (const { stateDirectory } of fleet.hosts)
      await waitFor('copies of all', () => {
        const path = join(stateDirectory, 'certificate-copies.json');
        const list = existsSync(path) ? readFileSync(path, 'utf8') : '';
        return Promise.resolve(
          when(
            SERVICES.every((name) => list.includes(file(name))),
            list,
          ),
        );
      });
  });
  afterAll(() => fleet.close());

  it('gives each host a list of the files that Services name: no other file of the folder is read or served', async () => {
    expect(await fleet.etcd.get()).toContain(` crt ${fleet.certificateDir} `);
    await showsItsOwn('s00', 's01', 's31');
    for (const host of fleet.hosts) {
      expect(listOf(host)).toBe(SERVICES.map((name) => `${file(name)}\n`).join(''));
      const { code, stdout } = await host.runConsumer('status');
      expect([code, stdout]).toEqual([0, expect.not.stringContaining('notes.txt')]);
    }
  });

  it('diff shows which certificates come and go, and not the hash of the list alone', async () => {
    const host = fleet.host('lb-1');
    await host.runConsumer('freeze');
    publish('s40');
    await waitFor('the text with another certificate', async () => {
      const text = (await fleet.etcd.get()) ?? '';
      return when(text.includes(file('s40')), text);
    });
    const { stdout } = await host.runConsumer('diff');
    expect(stdout).toContain(` ${file('s31')}\n+${file('s40')}\n`);
    await host.runConsumer('thaw');
    await served('s40');
    for (const each of fleet.hosts) await untilRecorded(each);
  });

  it('a renewed certificate is served without a reload', async () => {
    const before = await allWorkers();
    writeFileSync(file('s05'), await issue('s05'));
    await showsItsOwn('s05');
    expect(await allWorkers()).toEqual(before);
  });

  it.each<[string, (list: string) => void]>([
    ['deleted', (list) => rmSync(list)],
    ['deleted with its folder', (list) => rmSync(dirname(list), { recursive: true })],
    ['edited', (list) => writeFileSync(list, `${file('s00')}\n`)],
    ['emptied', (list) => writeFileSync(list, '')],
    [
      'replaced by a folder',
      (list) => {
        rmSync(list);
        mkdirSync(list);
      },
    ],
  ])('a list that was %s is reported, and put back without a reload', async (_what, change) => {
    const before = await allWorkers();
    for (const host of fleet.hosts) {
      const list = pathOfList(host);
      const after = logEvents(host.consumer()).length;
      change(list);
      for (const msg of ['drift.found', 'drift.ended'])
        await waitForEvent(host.consumer(), (event) => event.msg === msg && isAbout(event, list), {
          after,
          limitMs: 30_000,
        });
      expect(listOf(host)).toContain(file('s31'));
    }
    expect(await allWorkers()).toEqual(before);
    await showsItsOwn('s00', 's31');
  });

  it('copies that were deleted are made again', async () => {
    for (const host of fleet.hosts) {
      const copies = join(dirname(host.haproxyConfig), 'kubefigurator', 'copies');
      const index = join(host.stateDirectory, 'certificate-copies.json');
      rmSync(copies, { recursive: true });
      await waitFor(`${host.name} has its copies again`, () => {
        const now = existsSync(copies) ? readdirSync(copies) : [];
        const entries = JSON.parse(readFileSync(index, 'utf8')) as { readonly copy: string }[];
        const areThere = entries.length > 30 && entries.every(({ copy }) => now.includes(copy));
        return Promise.resolve(when(areThere, `${String(now.length)} of ${String(entries.length)}`));
      });
    }
  });

  it('a list that was edited and loaded is put back, and loaded again', async () => {
    for (const host of fleet.hosts) {
      const list = pathOfList(host);
      writeFileSync(list, `${file('s00')}\n`);
      await host.master('reload');
      await waitFor(`${host.name} has the list and every certificate again`, async () => {
        const shown = await fingerprintOf(host.address, 's31.example.com').catch(() => 'none');
        const { fingerprint } = new X509Certificate(pems.get('s31') ?? '');
        return when(shown === fingerprint && listOf(host).includes(file('s31')), shown + fleet.logTails(8));
      });
    }
    await showsItsOwn('s00', 's30');
    for (const host of fleet.hosts) await untilRecorded(host);
  });

  it('a file that breaks or goes away is served from the host’s copy, also if HAProxy starts by itself', async () => {
    const before = await allWorkers();
    const pem = pems.get('s07') ?? '';
    writeFileSync(file('s07'), pem.slice(0, pem.length - 100));
    const { key } = await fleet.authority.issue(['other.example.com']);
    writeFileSync(file('s11'), (pems.get('s11') ?? '').replace(/-----BEGIN [A-Z ]*PRIVATE[\s\S]*/, key));
    rmSync(file('s13'));
    await untilCopies(3);
    expect(await allWorkers()).toEqual(before);
    const host = fleet.host('lb-1');
    await host.stopConsumer();
    await host.stopHaproxy();
    await host.startHaproxy();
    await fleet
      .host('lb-2')
      .master('reload')
      .catch(() => undefined);
    await showsItsOwn('s00', 's05', 's07', 's11', 's13');
    host.startConsumer();
    publish('s40');
    await served('s40', 's00');
    await showsItsOwn('s07', 's11', 's13');
    for (const each of fleet.hosts) await untilRecorded(each);
    await waitFor('status has the expiry of what is served', async () => {
      const { stdout } = await host.runConsumer('status');
      const lines = ['s07', 's11', 's13'].map(
        (name) => `${file(name)} of default/${name} port web: .*valid until 20`,
      );
      return when(
        lines.every((line) => new RegExp(line).test(stdout)),
        stdout,
      );
    });
    for (const { haproxyConfig } of fleet.hosts)
      expect(filesBeside(haproxyConfig).filter((name) => name.endsWith('.crt-list'))).toHaveLength(1);
  });

  it('a file that is wrong or missing from the start is blamed on its own Service only', async () => {
    writeFileSync(file('s41'), 'no certificate\n');
    publish('s41');
    publish('s42');
    for (const host of fleet.hosts) {
      const { leftOut } = await waitForEvent(host.consumer(), ({ leftOut: parts }) =>
        ['s41', 's42'].every((name) => JSON.stringify(parts ?? '').includes(name)),
      );
      const names = (leftOut as { sources: { service: string }[] }[]).flatMap(({ sources }) =>
        sources.map(({ service }) => service),
      );
      expect(names.sort()).toEqual(['s41', 's42']);
      const before = filesBeside(host.haproxyConfig);
      const { stderr } = await host.runConsumer('diff');
      expect(stderr).toMatch(/^none; LEFT OUT: .*s41/);
      expect(filesBeside(host.haproxyConfig)).toEqual(before);
    }
    await showsItsOwn('s00', 's07', 's40');
  });

  it('once the files are corrected every Service is served with its own', async () => {
    for (const name of ['s07', 's11', 's13', 's41', 's42']) writeFileSync(file(name), await issue(name));
    await served('s41', 's42');
    await showsItsOwn('s07', 's11', 's13', 's41', 's42');
    await untilCopies(0);
  });
});

/** The content of the list that dynamic.cfg names. */
function listOf(host: LoadBalancerHost): string {
  const path = pathOfList(host);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function pathOfList(host: LoadBalancerHost): string {
  return / crt-list (\S+)/.exec(host.dynamicConfig())?.[1] ?? 'no list';
}

function isAbout(event: LogEvent, path: string): boolean {
  return JSON.stringify(event['what']).includes(path);
}

function filesBeside(haproxyConfig: string): string[] {
  return readdirSync(join(dirname(haproxyConfig), 'kubefigurator')).sort();
}
