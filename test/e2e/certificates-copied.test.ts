import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import { untilRecorded } from '../support/fleet/counters.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { fingerprintOf } from '../support/fleet/handshake.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { workers } from '../support/measuring/machine.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const NODES = ['worker-a', 'worker-b'];
const SERVICES = ['shop', 'cart', 'pay', 'post', 'more'] as const;
type ServiceName = (typeof SERVICES)[number];
const portOf = (name: ServiceName): number => 30_001 + SERVICES.indexOf(name);
const hostOf = (name: ServiceName): string => `${name}.example.com`;

onEachHaproxy('the host’s own copy of a certificate', (haproxyBinary) => {
  let fleet: Fleet;
  let manifests: string;
  const file = (name: ServiceName): string => join(fleet.certificateDir, `${hostOf(name)}.pem`);
  const pems = new Map<ServiceName, string>();
  const issue = async (name: ServiceName): Promise<string> => {
    const { cert, key } = await fleet.authority.issue([hostOf(name)]);
    pems.set(name, cert + key);
    return cert + key;
  };
  const publish = (name: ServiceName): void => {
    const options = { hostname: hostOf(name), 'backends-use-ssl': 'false' };
    const service = serviceManifest({ name, nodePort: portOf(name), options });
    writeFileSync(join(manifests, `${name}.json`), JSON.stringify(service));
  };
  const answers = (name: ServiceName): Promise<void> => {
    const question = { port: 443, host: hostOf(name), ca: fleet.authority.ca };
    return answersOnEveryHost(fleet, question, { nodePort: portOf(name), nodes: NODES }, { limitMs: 30_000 });
  };
  const served = async (...names: readonly ServiceName[]): Promise<void> => {
    for (const { address } of fleet.hosts)
      for (const name of names) {
        const { fingerprint } = new X509Certificate(pems.get(name) ?? '');
        await untilTrue(`${address} serves ${name}`, async () => {
          const shown = await fingerprintOf(address, hostOf(name));
          return [shown === fingerprint, shown];
        });
      }
  };
  const copies = ({ haproxyConfig }: LoadBalancerHost): string =>
    join(dirname(haproxyConfig), 'kubefigurator', 'copies');
  const namesOf = (host: LoadBalancerHost): string[] =>
    existsSync(copies(host)) ? readdirSync(copies(host)).filter((name) => !name.startsWith('.')) : [];
  /** The list of the copies, which is written after them; empty if there is none. */
  const listed = ({ stateDirectory }: LoadBalancerHost): string => {
    const list = join(stateDirectory, 'certificate-copies.json');
    return existsSync(list) ? readFileSync(list, 'utf8') : '';
  };
  const copiesInConfig = ({ dynamicConfig }: LoadBalancerHost): number =>
    dynamicConfig().split('/kubefigurator/copies/').length - 1;
  const untilTrue = (
    what: string,
    look: (host: LoadBalancerHost) => Promise<readonly [boolean, string]> | readonly [boolean, string],
  ): Promise<unknown> =>
    waitFor(
      what,
      async () => {
        const looks = await Promise.all(fleet.hosts.map(look));
        return when(
          looks.every(([isTrue]) => isTrue),
          `${looks.map(([, seen]) => seen).join()}\n${fleet.logTails(8)}`,
        );
      },
      { limitMs: 20_000 },
    );
  const untilCopied = (count: number): Promise<unknown> =>
    untilTrue(`${String(count)} copies in the config`, (host) => [
      copiesInConfig(host) === count,
      host.dynamicConfig(),
    ]);
  const allWorkers = (): Promise<readonly string[]> => Promise.all(fleet.hosts.map(workers));

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary });
    await fleet.nodes.listen(...SERVICES.map(portOf));
    for (const name of SERVICES) writeFileSync(file(name), await issue(name), { mode: 0o600 });
    manifests = join(fleet.folder, 'manifests');
    mkdirSync(manifests);
    for (const node of fleet.nodes.list())
      writeFileSync(join(manifests, `${node.name}.json`), JSON.stringify(nodeManifest(node)));
    for (const name of ['shop', 'cart', 'pay', 'post'] as const) publish(name);
    fleet.startProducer({ from: manifests });
    for (const name of ['shop', 'cart', 'pay', 'post'] as const) await answers(name);
    await untilTrue('copies of all', (host) => [
      ['shop', 'cart', 'pay', 'post'].every((name) => listed(host).includes(`${name}.example.com`)),
      listed(host),
    ]);
  });
  afterAll(() => fleet.close());

  it('is served when the file breaks or goes away: over a newer text, a reload and a restart, without a reload of ours', async () => {
    for (const host of fleet.hosts)
      for (const name of namesOf(host)) expect(statSync(join(copies(host), name)).mode & 0o777).toBe(0o600);
    const before = await allWorkers();
    writeFileSync(file('shop'), 'no certificate\n');
    const { key } = await fleet.authority.issue(['other.example.com']);
    writeFileSync(file('cart'), (pems.get('cart') ?? '').replace(/-----BEGIN PRIVATE[\s\S]*/, key));
    rmSync(file('pay'));
    await untilCopied(3);
    expect(await allWorkers()).toEqual(before);
    await served('shop', 'cart', 'pay', 'post');
    publish('more');
    await answers('more');
    await served('shop', 'cart', 'pay', 'post', 'more');
    for (const host of fleet.hosts) await host.master('reload').catch(() => undefined);
    await served('shop', 'cart', 'pay', 'post', 'more');
    const host = fleet.host('lb-1');
    await host.stopHaproxy();
    await host.startHaproxy();
    await served('shop', 'cart', 'pay', 'post', 'more');
    // The agents may have to reload once, since these workers started soon after their file was written.
    await Promise.all(fleet.hosts.map((each) => untilRecorded(each)));
    const { stdout } = await host.runConsumer('status');
    for (const name of ['shop', 'cart', 'pay'] as const)
      expect(stdout).toMatch(new RegExp(`${file(name)} of default/${name} port web: .*valid until 20`));
    const log = host.consumer().log() + listed(host);
    expect(log).not.toContain('PRIVATE KEY');
  });

  it('stays served when the agent starts again, whose first status names the wrong file', async () => {
    const host = fleet.host('lb-2');
    await host.stopConsumer();
    const after = host.consumer().log().length;
    host.startConsumer();
    await host.waitUntilReady();
    const { code, stdout } = await host.runConsumer('status');
    expect([code, stdout]).toEqual([1, expect.stringContaining(`certificate ${file('shop')} of`)]);
    expect(stdout).not.toContain('CAN NOT START');
    expect(host.consumer().log().slice(after)).toContain('certificate.rejected');
    await served('shop', 'cart', 'pay', 'post', 'more');
    expect(copiesInConfig(host)).toBe(3);
  });

  it('gives way to the file once that is mended, without a reload', async () => {
    const before = await allWorkers();
    writeFileSync(file('shop'), await issue('shop'));
    await served('shop');
    await untilCopied(2);
    expect(await allWorkers()).toEqual(before);
    writeFileSync(file('cart'), pems.get('cart') ?? '');
    await untilCopied(1);
    await served('shop', 'cart', 'pay');
    expect(await allWorkers()).toEqual(before);
  });

  it('is not put in place on a frozen host, which says that HAProxy could not start again', async () => {
    const host = fleet.host('lb-1');
    await host.runConsumer('freeze');
    writeFileSync(file('post'), 'no certificate\n');
    await untilTrue('status says it, on the frozen host only', async (each) => {
      const { stdout } = await each.runConsumer('status');
      const isSaid = /post\.example\.com.*AND CAN NOT START AGAIN until the file is correct/.test(stdout);
      return [isSaid === (each.name === host.name) && stdout.includes(file('post')), stdout];
    });
    await host.runConsumer('thaw');
    await untilTrue('status says it no more', async (each) => {
      const { stdout } = await each.runConsumer('status');
      return [!stdout.includes('CAN NOT START') && stdout.includes('HAProxy serves the one before'), stdout];
    });
    writeFileSync(file('post'), pems.get('post') ?? '');
    await untilCopied(1);
  });

  it('is dropped by forget-certificate: HAProxy serves all others, and that certificate no more', async () => {
    for (const host of fleet.hosts) {
      const { code, stdout } = await host.runConsumer('forget-certificate', `--file=${file('pay')}`);
      expect([code, stdout]).toEqual([0, expect.stringContaining('forgot the copy')]);
    }
    const { fingerprint } = new X509Certificate(pems.get('pay') ?? '');
    await untilTrue('pay is served no more', async ({ address }) => {
      const shown = await fingerprintOf(address, hostOf('pay'));
      return [shown !== fingerprint, shown];
    });
    await served('shop', 'cart', 'post', 'more');
    await untilTrue('the copy is gone', (host) => {
      const names = namesOf(host);
      return [names.length === 4, names.join()];
    });
    for (const host of fleet.hosts) {
      expect(host.consumer().log()).toMatch(
        /"file":"[^"]*pay\.example\.com\.pem"[^\n]*"msg":"certificate\.dropped"/,
      );
    }
    writeFileSync(file('pay'), await issue('pay'));
    await answers('pay');
  });

  it('is removed once the text no longer names its file', async () => {
    rmSync(join(manifests, 'more.json'));
    await untilTrue('the copies of all others', (host) => {
      const others = ['shop', 'cart', 'pay', 'post'] as const;
      const isRight = others.every((name) => listed(host).includes(file(name)));
      const [names, list] = [namesOf(host), listed(host)];
      return [isRight && names.length === 4 && !list.includes(file('more')), names.join() + list];
    });
    expect((await fleet.host('lb-1').runConsumer('forget-certificate', `--file=${file('more')}`)).code).toBe(
      1,
    );
  });
});
