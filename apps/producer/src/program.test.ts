import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Io } from '@kubefigurator/daemon';
import { captureIo, until } from '@kubefigurator/daemon/testing';
import { describe, expect, it } from 'vitest';
import { runProducer } from './program.ts';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function producer(args: readonly string[], env: Io['env'] = {}): Promise<Ran> {
  const { io, out, err } = captureIo(args, env);
  const code = await runProducer(io);
  return { code, stdout: out(), stderr: err() };
}

function kubeconfigFor(cluster: object, user: object = { token: 't' }): string {
  const file = join(mkdtempSync(join(tmpdir(), 'kubefigurator-program-')), 'config');
  const context = { cluster: 'c', user: 'u' };
  const clusters = [{ name: 'c', cluster: { server: 'https://127.0.0.1:1', ...cluster } }];
  const users = [{ name: 'u', user }];
  const config = { 'current-context': 'c', contexts: [{ name: 'c', context }], clusters, users };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

describe('the command line', () => {
  it.each([
    [['--cluster', 'a b'], '--cluster', "can't be part of a host name"],
    [['--namespace', 'Shop'], '--namespace', 'not a namespace'],
    [['--certificate-dir', 'ssl'], '--certificate-dir', 'absolute path'],
    [['--certificate-dir', '/etc/ssl with space'], '--certificate-dir', 'absolute path'],
    [['--default-certificate', '../key.pem'], '--default-certificate', 'below the certificate folder'],
    [['--backend-ca-file', 'ca.pem'], '--backend-ca-file', 'absolute path'],
    [['--node-selector', 'a in b'], '--node-selector', 'key in (a,b)'],
    [['--node-address-type', 'Hostname'], '--node-address-type', 'InternalIP or ExternalIP'],
    [['--reserved-port', '0'], '--reserved-port', 'number from 1 to 65535'],
    [['--listen-ports', '80,8999-8000'], '--listen-ports', '443 or 8000-8999'],
    [['--listen-ports', '1-2-3'], '--listen-ports', '443 or 8000-8999'],
    [['--output', 'yaml'], '--output', 'text or json'],
  ])('refuses %j, and says what is right', async (flags, flag, right) => {
    const { code, stdout, stderr } = await producer(['view', ...flags]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(flag);
    expect(stderr).toContain(right);
  });

  it.each([
    [['watch', '--print-settings'], {}, /^--metrics-address\s+0\.0\.0\.0:9640\s+default/m],
    [['watch', '--print-settings'], {}, /^--reserved-port\s+22\s+default/m],
    [
      ['watch', '--print-settings'],
      { KUBEFIGURATOR_LISTEN_PORTS: '80,8000-8999' },
      /^--listen-ports\s+80,8000-8999\s+env/m,
    ],
    [
      ['watch', '--print-settings', '--node-network=10.0.0.0/8', '--node-network=fd00::/8'],
      {},
      /^--node-network\s+10\.0\.0\.0\/8,fd00::\/8\s+flag/m,
    ],
    [['view', '--print-settings', '--reserved-port=22,23'], {}, /^--reserved-port\s+22,23\s+flag/m],
    [['diff', '--print-settings', '--listen-ports=443'], {}, /^--listen-ports\s+443\s+flag/m],
    [
      ['view', '--print-settings'],
      { KUBEFIGURATOR_CLUSTER: 'nyc1' },
      /^--cluster\s+nyc1\s+.*KUBEFIGURATOR_CLUSTER/m,
    ],
    [['apply', '--certificate-dir=/etc/ssl/', '--print-settings'], {}, /^--certificate-dir\s+\/etc\/ssl\s/m],
    [
      ['view', '--node-selector=a in (b),!c', '--print-settings'],
      {},
      /^--node-selector\s+a in \(b\),!c\s+flag/m,
    ],
    [['diff', '--namespace=a,b', '--namespace=c', '--print-settings'], {}, /^--namespace\s+a,b,c\s/m],
  ])('%j prints the value of each setting and where it is from', async (args, env, expected) => {
    const { code, stdout, stderr } = await producer(args, env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(expected);
  });

  it.each([
    [['explain'], /give service <namespace>\/<name>, node <name>, or request/],
    [['explain', 'service', 'shop'], /"shop" is not <namespace>\/<name>/],
    [['explain', 'service', 'shop/web/http'], /is not <namespace>\/<name>/],
    [['explain', 'pod', 'shop/web'], /give service, node or request/],
    [['explain', 'request', 'ann:secret@shop.example.com'], /write https:\/\/ or http:\/\//],
    [['explain', 'node', 'a', 'b'], /unexpected argument "b"/],
  ])('%j is refused before anything is read, and no password is shown', async (args, reason) => {
    const { code, stdout, stderr } = await producer(args, { HOME: '/nonexistent' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(reason);
    expect(stderr).not.toContain('secret');
  });

  it('names --kubeconfig and --from if there is neither a kubeconfig nor a service account', async () => {
    const { code, stderr } = await producer(['view'], { HOME: '/nonexistent' });
    expect(code).toBe(1);
    expect(stderr).toContain('--kubeconfig');
    expect(stderr).toContain('--from');
  });

  it('says in words, not as ENOENT, what is wrong with a kubeconfig, a file or a server that it names', async () => {
    const view = async (kubeconfig: string): Promise<string> =>
      (await producer(['view', '--kubeconfig', kubeconfig])).stderr;
    expect(await view('/nowhere/config')).toMatch(
      /the kubeconfig \/nowhere\/config: there is no such file or folder; name/,
    );
    expect(await view(kubeconfigFor({ 'certificate-authority': '/nowhere/ca' }))).toMatch(
      /can't read \/nowhere\/ca, the certificate-authority of cluster "c" in the kubeconfig .*: there is no such file or folder; correct the/,
    );
    expect(await view(kubeconfigFor({}))).toMatch(
      /API server https:\/\/127.0.0.1:1: connection refused; check that it runs/,
    );
  });
});

describe('told to stop', () => {
  async function interrupted(...flags: readonly string[]): Promise<[code: number, stderr: string]> {
    const { io, stop, err } = captureIo(['view', ...flags]);
    const code = runProducer(io);
    setImmediate(() => stop.abort());
    return [await code, err()];
  }
  const told = [1, 'kubefigurator-producer: interrupted; nothing was changed\n'];

  it('waits no longer for a credential plugin that waits for a person', async () => {
    const pidFile = join(mkdtempSync(join(tmpdir(), 'kubefigurator-plugin-')), 'pid');
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', `echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; sleep 60`],
    };
    const { io, stop, err } = captureIo(['view', '--kubeconfig', kubeconfigFor({}, { exec })], {
      PATH: '/usr/bin:/bin',
    });
    const code = runProducer(io);
    await until('the plugin runs', () => existsSync(pidFile));
    stop.abort();
    expect([await code, err()]).toEqual(told);
    const stat = `/proc/${readFileSync(pidFile, 'utf8').trim()}/stat`;
    await until('the plugin is gone', () => !existsSync(stat) || readFileSync(stat, 'utf8').includes(') Z '));
  });

  it('waits no longer for an API server that never answers', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const kubeconfig = kubeconfigFor({ server: `https://127.0.0.1:${port}` });
    expect(await interrupted('--kubeconfig', kubeconfig)).toEqual(told);
    server.close();
  });

  it('waits no longer for a pipe into which nobody writes', async () => {
    const pipe = join(mkdtempSync(join(tmpdir(), 'kubefigurator-program-')), 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await interrupted('--from', pipe)).toEqual(told);
  });
});
