import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEtcdCredentials } from './credentials.ts';
import type { EtcdSettings } from './etcd-settings.ts';

const NOTHING: EtcdSettings = {
  etcdHost: ['https://127.0.0.1:2379'],
  etcdPath: '/kubefigurator/config',
  etcdCaFile: undefined,
  etcdClientCertFile: undefined,
  etcdClientKeyFile: undefined,
  etcdUser: undefined,
  etcdPasswordFile: undefined,
  etcdProxy: undefined,
};

describe('credential files', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): unknown =>
    execFileSync(process.env['KUBEFIGURATOR_OPENSSL'] ?? 'openssl', args, { cwd: folder, stdio: 'ignore' });
  const read = (settings: Partial<EtcdSettings>): ReturnType<typeof readEtcdCredentials> =>
    readEtcdCredentials({ ...NOTHING, ...settings });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubefigurator-credentials-'));
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem'];
    openssl('req', '-x509', ...key, '-out', 'cert.pem', '-subj', '/O=us/CN=lb-1', '-days', '2');
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-out', 'other.pem');
    openssl('pkcs8', '-topk8', '-in', 'key.pem', '-passout', 'pass:abcd', '-out', 'locked.pem');
    openssl('x509', '-in', 'cert.pem', '-outform', 'der', '-out', 'cert.der');
    writeFileSync(file('junk'), 'not a certificate\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('say who we are', () => {
    const pair = { etcdClientCertFile: file('cert.pem'), etcdClientKeyFile: file('key.pem') };
    expect(read({ etcdCaFile: file('cert.pem'), ...pair })).toMatchObject({ user: 'lb-1' });
    expect(read({ ...pair, etcdUser: 'other' }).user).toBe('other');
  });

  it.each(['junk', 'cert.der', 'key.pem'])('are refused if the authority is %s', (name) => {
    expect(() => read({ etcdCaFile: file(name) })).toThrow(
      `${file(name)} (--etcd-ca-file) is no PEM certificate`,
    );
  });

  it.each([
    ['junk', 'is no PEM key'],
    ['cert.pem', 'is no PEM key'],
    ['locked.pem', 'has a passphrase; give the key without one'],
    ['other.pem', "isn't the key of "],
    ['nothing', 'there is no such file'],
  ])('are refused if the key is %s', (name, reason) => {
    const pair = { etcdClientCertFile: file('cert.pem'), etcdClientKeyFile: file(name) };
    expect(() => read(pair)).toThrow(reason);
    expect(() => read(pair)).toThrow(`${file(name)} (--etcd-client-key-file)`);
  });
});
