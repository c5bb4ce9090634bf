import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Io } from '@kubefigurator/daemon';
import { captureIo } from '@kubefigurator/daemon/testing';
import { describe, expect, it } from 'vitest';
import { run } from './program.ts';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function producer(args: readonly string[], env: Io['env'] = {}): Promise<Ran> {
  const { io, out, err } = captureIo(args, env);
  const code = await run(io);
  return { code, stdout: out(), stderr: err() };
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
    [['--output', 'yaml'], '--output', 'text or json'],
  ])('%j is used wrongly', async (flags, flag, right) => {
    const { code, stdout, stderr } = await producer(['view', ...flags]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(flag);
    expect(stderr).toContain(right);
  });

  it.each([
    [['watch', '--print-settings'], {}, /^--metrics-address\s+0\.0\.0\.0:9640\s+default/m],
    [['watch', '--print-settings'], {}, /^--reserved-port\s+22\s+default/m],
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
  ])('%j has its settings', async (args, env, expected) => {
    const { code, stdout, stderr } = await producer(args, env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(expected);
  });

  it('says where it looked when there is no cluster to ask', async () => {
    const { code, stderr } = await producer(['view'], { HOME: '/nonexistent' });
    expect(code).toBe(1);
    expect(stderr).toContain('--kubeconfig');
    expect(stderr).toContain('--from');
  });

  it('says what is wrong with a kubeconfig or with what it names, without a code of the system', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-program-'));
    const kubeconfig = join(folder, 'config');
    const view = async (): Promise<string> => (await producer(['view', '--kubeconfig', kubeconfig])).stderr;
    expect(await view()).toMatch(/can't read the kubeconfig .*: there is no such file or folder; name a/);
    const write = (cluster: object): void =>
      writeFileSync(
        kubeconfig,
        JSON.stringify({
          'current-context': 'c',
          contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
          clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1', ...cluster } }],
          users: [{ name: 'u', user: { token: 't' } }],
        }),
      );
    write({ 'certificate-authority': '/nowhere/ca' });
    expect(await view()).toMatch(/can't read \/nowhere\/ca: there is no such file or folder; correct the/);
    write({});
    expect(await view()).toMatch(/API server https:\/\/127.0.0.1:1: connection refused; check that it runs/);
  });
});
