import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONFIG_HEADER } from '@kubefigurator/config-model';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { startLoad } from '../support/measuring/load.ts';
import type { Machine } from '../support/machine/machine.ts';
import { startMachine } from '../support/machine/machine.ts';
import { runChecked } from '../support/sandbox/processes.ts';
import { repositoryRoot } from '../support/sandbox/programs.ts';
import { servedBy, waitForAnswer } from '../support/fleet/request.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const UNIT = 'kubefigurator-consumer';
const DYNAMIC = '/etc/haproxy/dynamic.cfg';
const SETTINGS = '/etc/default/kubefigurator-consumer';
const STATE = '/var/lib/kubefigurator';
const OWN_PORT = 8000;
const INSTALL = 'DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends';
const BUILD_LIMIT_MS = 60_000;

/** Builds the package as `npm run package:deb` does; gives its path. */
async function buildPackage(folder: string, ...flags: readonly string[]): Promise<string> {
  const runtime = process.env['KUBEFIGURATOR_NODE_RUNTIME'];
  if (runtime === undefined)
    throw new Error(
      process.env['KUBEFIGURATOR_NODE_RUNTIME_PROBLEM'] ?? 'run this through "npm test -- <file>"',
    );
  const script = join(repositoryRoot, 'tools/debian/build.mjs');
  const command = [process.execPath, '--import', 'tsx', script, '--runtime', runtime, '--output', folder];
  const options = { cwd: repositoryRoot, env: { SOURCE_DATE_EPOCH: '1760000000' }, limitMs: BUILD_LIMIT_MS };
  return join(repositoryRoot, (await runChecked([...command, ...flags], options)).trim());
}

/** A bare Debian without Node, where HAProxy already serves something of its own. */
describe('the Debian package', () => {
  let fleet: Fleet;
  let machine: Machine;
  let address: string;
  const property = async (name: string, unit = UNIT): Promise<string> =>
    (await machine.must(`systemctl show --value --property ${name} ${unit}`)).trim();
  const haproxyPid = (): Promise<string> => property('MainPID', 'haproxy');
  const until = (name: string, pattern: RegExp): Promise<true> =>
    waitFor(`${name} is ${String(pattern)}`, async () => {
      const value = await property(name);
      return when(pattern.test(value), `${value}\n${await machine.journal(UNIT)}`);
    });
  /** Does what `systemctl reload haproxy` does on a machine with /bin/kill, and waits for the new worker. */
  async function reloadHaproxy(): Promise<void> {
    const pid = await haproxyPid();
    const workers = (): Promise<string> => machine.must(`cat /proc/${pid}/task/${pid}/children`);
    const newest = async (): Promise<string> => (await workers()).trim().split(' ').at(-1) ?? '';
    const before = await newest();
    await machine.must(`kill -USR2 ${pid}`);
    await waitFor('the new worker serves alone', async () => {
      const now = await workers();
      return when(now.trim() !== '' && !now.includes(before), now);
    });
  }
  const text = (nodePort: number): string =>
    handWrittenText(fleet.nodes.list(), [{ service: 'byhand', bind: '*:80', nodePort }]);
  const served = async (port: number, nodePort = 30001): Promise<void> => {
    const question = { address, port, host: 'any.example.com' };
    await waitForAnswer(question, servedBy(question, { nodePort, nodes: ['worker-a', 'worker-b'] }));
  };
  /** Sends requests to these ports during the work, and expects that none fails and HAProxy isn't restarted. */
  async function undisturbed<T>(ports: readonly number[], work: () => Promise<T>): Promise<T> {
    const targets = ports.map((port) => ({ address, port, host: 'any.example.com', nodePort: 30001 }));
    const pid = await haproxyPid();
    const load = await startLoad({ targets, perSecond: 200, limitMs: 5000 }, fleet.logs);
    const result = await work();
    const report = await load.stop();
    expect(report).toMatchObject({ failed: 0, failures: [] });
    expect(report.sent).toBeGreaterThan(20);
    expect(await haproxyPid()).toBe(pid);
    return result;
  }
  const files = new Map<string, string>();
  const install = (version: string, ...flags: readonly string[]): Promise<string> =>
    machine.must(`${INSTALL} ${flags.join(' ')} ${files.get(version) ?? ''} 2>&1`);
  /** Writes a haproxy.cfg that has nothing to do with ours. */
  function writeOwnConfig(): void {
    const servers = fleet.nodes.list().map(({ name, address: node }) => `  server ${name} ${node}:30001`);
    const proxy = [
      ...['frontend own', `  bind *:${String(OWN_PORT)}`, '  default_backend own'],
      // Else HAProxy closes idle connections at a reload, and one in a thousand requests meets that moment.
      ...['  option idle-close-on-response', 'backend own'],
    ];
    const lines = ['', ...proxy, ...servers, ''];
    machine.write('/etc/haproxy/haproxy.cfg', machine.read('/etc/haproxy/haproxy.cfg') + lines.join('\n'));
  }

  beforeAll(async () => {
    fleet = await startFleet({ hosts: ['lb-1'], haproxy: false, consumers: false });
    await fleet.nodes.listen(30001, 30002);
    ({ address } = fleet.host('lb-1'));
    machine = await startMachine({ name: 'lb-1', netns: 'lb-1', logs: fleet.logs, programs: false });
    const first = await buildPackage(fleet.folder);
    const second = await buildPackage(fleet.folder, '--version', '99.0.0', '--compression', 'none');
    for (const [version, path] of [
      ['first', first],
      ['second', second],
    ] as const) {
      files.set(version, `/root/${version}.deb`);
      copyFileSync(path, join(machine.root, 'root', `${version}.deb`));
    }
    await machine.must(`apt-get update; ${INSTALL} haproxy`);
    writeOwnConfig();
    await machine.must('systemctl restart haproxy');
    await served(OWN_PORT);
  }, 150_000);
  afterAll(async () => {
    await machine.close();
    await fleet.close();
  });

  it('has the same bytes in every build', async () => {
    const again = join(fleet.folder, 'again');
    mkdirSync(again);
    const path = await buildPackage(again, '--version', '99.0.0', '--compression', 'none');
    expect(readFileSync(path).equals(readFileSync(path.replace('/again/', '/')))).toBe(true);
  }, 60_000);

  it('needs no Node on the host', async () => {
    expect((await machine.sh('command -v node')).code).not.toBe(0);
    await undisturbed([OWN_PORT], async () => {
      expect(await install('first')).toContain('systemctl restart haproxy');
    });
    expect(await machine.must('kubefigurator-consumer --version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('has a first dynamic.cfg, and an agent that waits for its settings', async () => {
    expect(machine.read(DYNAMIC)).toBe(`${CONFIG_HEADER}\n`);
    expect(await property('UnitFileState')).toBe('enabled');
    expect(await property('ActiveState')).toBe('inactive');
    expect(await machine.must(`stat -c '%U %a' ${SETTINGS} /etc/haproxy/ssl`)).toBe('root 600\nroot 750\n');
    expect(await machine.must('dpkg --verify kubefigurator-consumer')).toBe('');
  });

  it('serves a change once the operator has restarted HAProxy', async () => {
    machine.write(SETTINGS, `KUBEFIGURATOR_ETCD_HOST=${fleet.etcd.url}\n`, 0o600);
    await machine.must(`systemctl restart haproxy; systemctl start ${UNIT}`);
    await fleet.etcd.put(text(30001));
    await served(80);
    await until('StatusText', /applied/);
  });

  it('is upgraded under load: the agent is a new process, HAProxy isn’t', async () => {
    const agent = await property('MainPID');
    await undisturbed([80, OWN_PORT], async () => {
      const output = await install('second');
      expect(output).not.toContain('systemctl restart');
      await until('StatusText', /unchanged|in sync|applied/);
    });
    expect(await property('MainPID')).not.toBe(agent);
    expect(await machine.must("dpkg-query -W -f '${Version}' kubefigurator-consumer")).toBe('99.0.0');
    expect(machine.read(SETTINGS)).toContain(fleet.etcd.url);
    expect(machine.read(DYNAMIC)).toBe(text(30001));
  });

  it('is removed under load; HAProxy reloads and restarts with its last config', async () => {
    await undisturbed([80, OWN_PORT], async () => {
      await machine.must('apt-get remove --yes kubefigurator-consumer');
      await reloadHaproxy();
    });
    expect(await property('ActiveState')).toBe('inactive');
    expect((await machine.sh('command -v kubefigurator-consumer')).code).not.toBe(0);
    await machine.must('systemctl restart haproxy');
    await served(80);
  });

  it('is installed again with its former settings, and the agent starts', async () => {
    await fleet.etcd.put(text(30002));
    await undisturbed([OWN_PORT], () => install('second'));
    await served(80, 30002);
    await fleet.etcd.put(text(30001));
    await served(80);
  });

  it('is purged under load: the file that HAProxy loads stays in place', async () => {
    await undisturbed([80, OWN_PORT], async () => {
      const output = await machine.must('apt-get purge --yes kubefigurator-consumer 2>&1');
      expect(output).toContain(`HAProxy loads ${DYNAMIC}, which is left in place`);
      await reloadHaproxy();
    });
    expect(machine.read(DYNAMIC)).toBe(text(30001));
    for (const path of [STATE, SETTINGS, '/etc/systemd/system/haproxy.service.d', '/etc/kubefigurator'])
      expect(existsSync(join(machine.root, path)), path).toBe(false);
  });

  it('installs HAProxy, and restarts it if it serves nobody: first the settings, then one command', async () => {
    await machine.must(`apt-get purge --yes haproxy; rm -rf /etc/haproxy`);
    machine.write(SETTINGS, `KUBEFIGURATOR_ETCD_HOST=${fleet.etcd.url}\n`, 0o600);
    const output = await install('second', '--option Dpkg::Options::=--force-confold');
    expect(output).not.toContain('systemctl restart');
    await served(80);
  });

  it('leaves nothing but keys if it is purged together with HAProxy', async () => {
    machine.write('/etc/kubefigurator/etcd/tls.key', 'a key\n', 0o600);
    const output = await machine.must('apt-get remove --yes kubefigurator-consumer 2>&1');
    expect(output).toContain('apt-mark manual haproxy');
    const purged = await machine.must('apt-get purge --yes kubefigurator-consumer haproxy 2>&1');
    expect(purged).toContain('/etc/kubefigurator with the keys of etcd is left in place');
    expect(machine.read('/etc/kubefigurator/etcd/tls.key')).toBe('a key\n');
    await machine.must('rm -r /etc/kubefigurator');
    for (const path of [DYNAMIC, STATE, SETTINGS, '/usr/lib/kubefigurator-consumer'])
      expect(existsSync(join(machine.root, path)), path).toBe(false);
  });

  it('has a manual page that groff formats without a warning', async () => {
    await install('second', '--option Dpkg::Options::=--force-confdef');
    const page = '/usr/share/man/man1/kubefigurator-consumer.1.gz';
    expect(await machine.must(`zcat ${page} | head -n 1`)).toMatch(/^\.TH "\S+" "1" "2025-10-09"/);
    await machine.must(`${INSTALL} groff-base`);
    const { code, stdout, stderr } = await machine.sh(`zcat ${page} | groff -man -Tutf8 -ww -z`);
    expect({ code, output: stdout + stderr }).toEqual({ code: 0, output: '' });
  });
});
