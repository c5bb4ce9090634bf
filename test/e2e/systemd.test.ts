import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { readDocBlocks } from '../support/machine/doc-blocks.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { Machine } from '../support/machine/machine.ts';
import { CHECKOUT, startMachine } from '../support/machine/machine.ts';
import { repositoryRoot } from '../support/sandbox/programs.ts';
import { servedBy, waitForAnswer } from '../support/fleet/request.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const UNIT = 'kubefigurator-consumer';
const DYNAMIC = '/etc/haproxy/dynamic.cfg';
const DROP_IN = `/run/systemd/system/${UNIT}.service.d`;

/** A host with a real systemd, installed by executing the blocks of docs/install.md. */
describe('the units in systemd/', () => {
  let fleet: Fleet;
  let machine: Machine;
  let address: string;
  const property = async (name: string, unit = UNIT): Promise<string> =>
    (await machine.must(`systemctl show --value --property ${name} ${unit}`)).trim();
  const until = (name: string, pattern: RegExp, unit = UNIT): Promise<true> =>
    waitFor(`${name} of ${unit} is ${String(pattern)}`, async () => {
      const value = await property(name, unit);
      return when(pattern.test(value), `${value}\n${await machine.journal(unit)}`);
    });
  const text = (bind: string, nodePort = 30001): string =>
    handWrittenText(fleet.nodes.list(), [{ service: 'byhand', bind, nodePort }]);
  const put = async (bind: string, status: RegExp, extra = ''): Promise<void> => {
    await fleet.etcd.put(`${text(bind)}${extra}`);
    await until('StatusText', status);
  };
  const served = async (port: number, nodePort = 30001): Promise<void> => {
    const question = { address, port, host: 'any.example.com' };
    await waitForAnswer(question, servedBy(question, { nodePort, nodes: ['worker-a', 'worker-b'] }));
  };
  /** Restarts the unit with a drop-in of these lines, which the test removes at its end. */
  const withUnit = (lines: string): Promise<string> =>
    machine.must(`mkdir -p ${DROP_IN}; printf '[Service]\n${lines}\n' > ${DROP_IN}/test.conf
      systemctl daemon-reload; systemctl restart ${UNIT}`);

  beforeAll(async () => {
    fleet = await startFleet({ hosts: ['lb-1'], haproxy: false, consumers: false });
    await fleet.nodes.listen(30001, 30002);
    ({ address } = fleet.host('lb-1'));
    machine = await startMachine({ name: 'lb-1', netns: 'lb-1', logs: fleet.logs });
    await machine.must('apt-get update; mkdir /root/pki; apt-get install --yes openssl');
    const { cert, key } = await fleet.authority.issue(['lb-1']);
    const pki = { 'ca.crt': fleet.authority.ca, 'lb-1.crt': cert, 'lb-1.key': key };
    for (const [file, pem] of Object.entries(pki)) machine.write(`/root/pki/${file}`, pem);
    for (const { code, tags } of readDocBlocks(join(repositoryRoot, 'docs/install.md')))
      if (tags.includes('host')) await machine.must(`cd ${CHECKOUT}\n${code}`);
    machine.write('/etc/default/kubefigurator-consumer', `KUBEFIGURATOR_ETCD_HOST=${fleet.etcd.url}\n`);
    await machine.must(`systemctl restart ${UNIT}`);
  });
  afterAll(async () => {
    await machine.close();
    await fleet.close();
  });

  it('bring a first dynamic.cfg that is the header alone', () => {
    expect(machine.read(DYNAMIC)).toBe(`${CONFIG_HEADER}\n`);
  });

  it('are accepted by systemd without a warning', async () => {
    const { code, stdout, stderr } = await machine.sh(
      `systemd-analyze verify --man=no ${UNIT}.service haproxy.service`,
    );
    expect(code, stderr).toBe(0);
    expect(`${stdout}${stderr}`.split('\n').filter((line) => /kubefigurator/.test(line))).toEqual([]);
  });

  it('have an exposure level under 3.0 in systemd-analyze security', async () => {
    const report = await machine.must(`systemd-analyze security --no-pager ${UNIT}`);
    const exposure = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(report)?.[1]);
    expect(exposure).toBeLessThan(3);
  });

  it('have a change applied and served on a port below 1024', async () => {
    await put('*:80', /applied/);
    await served(80);
    expect(machine.read(DYNAMIC)).toBe(text('*:80'));
    expect(machine.read('/var/lib/kubefigurator/last-known-good.cfg')).toBe(text('*:80'));
  });

  it('keep owner and mode of dynamic.cfg', async () => {
    await machine.must(`chown haproxy:haproxy ${DYNAMIC}; chmod 640 ${DYNAMIC}`);
    await put('*:81', /applied/);
    await served(81);
    expect(await machine.must(`stat -c '%U:%G %a' ${DYNAMIC}`)).toBe('haproxy:haproxy 640\n');
  });

  it('let the agent write its own two folders and nothing else', async () => {
    const inside = `nsenter --target ${await property('MainPID')} --mount --root --`;
    for (const folder of ['/etc/haproxy', '/var/lib/kubefigurator'])
      await machine.must(`${inside} sh -c 'touch ${folder}/probe; rm ${folder}/probe'`);
    for (const folder of ['/etc', '/usr/bin', '/var/lib/haproxy', '/run', '/run/haproxy', '/root'])
      expect(await machine.sh(`${inside} touch ${folder}/probe`), folder).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/Read-only file system|Permission denied/) as string,
      });
  });

  it('let nobody but root read what the agent writes into its state directory', async () => {
    const modes = await machine.must('stat -c %a /var/lib/kubefigurator/*.json /var/lib/kubefigurator/*.cfg');
    expect(new Set(modes.trim().split('\n'))).toEqual(new Set(['600']));
  });

  it('limit the memory and the processes of the agent', async () => {
    expect(await property('MemoryMax')).toMatch(/^\d+$/);
    expect(await property('TasksMax')).toBe('128');
  });

  it('refuse a text for which haproxy -c takes more memory than it gets', async () => {
    const templates = Array.from(
      { length: 10 },
      (_, index) => `  server-template t${index} 1000 10.9.0.1:80\n`,
    );
    const backends = Array.from(
      { length: 6 },
      (_, index) => `\nbackend big${index}\n${templates.join('')}`,
    ).join('');
    await withUnit('Environment=KUBEFIGURATOR_CHECK_MEMORY=250');
    await put('*:81', /rejected.*ran out of memory of 250 MiB/, backends);
    await served(81);
    await put('*:81', /unchanged|in sync|applied/);
    await machine.must(`rm -rf ${DROP_IN}; systemctl daemon-reload; systemctl restart ${UNIT}`);
  });

  it('have systemctl reload signal the agent, which stays the same process', async () => {
    const pid = await property('MainPID');
    await machine.must(`systemctl reload ${UNIT}`);
    await waitFor('the reload is logged', async () => {
      const journal = await machine.journal(UNIT);
      return when(journal.includes('reload.requested'), journal);
    });
    expect(await property('MainPID')).toBe(pid);
  });

  it('report that HAProxy does not load our file, without permission to inspect its process', async () => {
    machine.write('/etc/default/haproxy', 'EXTRAOPTS="-S /run/haproxy-master.sock"\n');
    await machine.must('systemctl restart haproxy');
    await put('*:82', /not \/etc\/haproxy\/dynamic.cfg/);
    await machine.must('rm /etc/default/haproxy; systemctl restart haproxy');
    await until('StatusText', /applied|unchanged|in sync/);
    await served(82);
  });

  describe('give only capabilities that are needed', () => {
    beforeEach(async () => {
      await machine.must(`chown haproxy:haproxy ${DYNAMIC}; chmod 604 ${DYNAMIC}
        cp /etc/haproxy/ssl/shop.example.com.pem /etc/haproxy/ssl/others.pem
        chown haproxy:haproxy /etc/haproxy/ssl/others.pem; chmod 400 /etc/haproxy/ssl/others.pem`);
    });
    afterEach(async () => {
      await machine.must(`rm -rf ${DROP_IN}; systemctl daemon-reload; systemctl restart ${UNIT}`);
    });
    const tls = '\nfrontend tls\n  bind *:443 ssl crt /etc/haproxy/ssl/others.pem\n  mode http\n';

    const needed: readonly (readonly [string, string, RegExp])[] = [
      ['CAP_NET_BIND_SERVICE', '*:83', /rejected.*may not bind/],
      ['CAP_DAC_READ_SEARCH', '*:84', /rejected.*others\.pem/],
      ['CAP_CHOWN', '*:85', /failed.*may not give it the owner/],
    ];

    it('and exactly these', async () => {
      const names = (await property('CapabilityBoundingSet')).toUpperCase().split(' ');
      expect(names.toSorted()).toEqual(needed.map(([name]) => name).toSorted());
    });

    it.each(needed)('%s', async (capability, bind, refusal) => {
      await withUnit(`CapabilityBoundingSet=~${capability}\nEnvironment=KUBEFIGURATOR_STRICT=true`);
      await put(bind, refusal, tls);
      await machine.must(`rm -rf ${DROP_IN}; systemctl daemon-reload; systemctl restart ${UNIT}`);
      await until('StatusText', /applied/);
      await served(Number(bind.slice(2)));
    });
  });

  it('have the watchdog restart a stuck agent, while HAProxy keeps serving', async () => {
    await withUnit('WatchdogSec=2');
    await until('StatusText', /applied|unchanged|in sync/);
    const [stuck, haproxy] = [await property('MainPID'), await property('MainPID', 'haproxy')];
    await machine.must(`kill -STOP ${stuck}`);
    await fleet.etcd.put(text('*:80', 30002));
    await until('NRestarts', /^[1-9]/);
    await until('StatusText', /applied/);
    await served(80, 30002);
    expect(await machine.journal(UNIT)).toContain('Watchdog timeout');
    expect(await property('MainPID')).not.toBe(stuck);
    expect(await property('MainPID', 'haproxy')).toBe(haproxy);
    await machine.must(`rm -rf ${DROP_IN}; systemctl daemon-reload; systemctl restart ${UNIT}`);
  });

  it('start HAProxy with its last config, and the agent too, while etcd is down', async () => {
    await fleet.etcd.stop();
    await machine.must(`systemctl stop ${UNIT} haproxy; systemctl start haproxy ${UNIT}`, 10_000);
    await served(80, 30002);
    expect(await property('ActiveState')).toBe('active');
    await fleet.etcd.start();
    await until('StatusText', /unchanged|in sync|applied/);
  });

  it('keep HAProxy serving the same when the agent is disabled', async () => {
    await machine.must(`systemctl disable --now ${UNIT}`);
    await served(80, 30002);
  });
});
