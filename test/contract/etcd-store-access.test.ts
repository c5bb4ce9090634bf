import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ConfigStore, EtcdSettings, StoreOptions } from '@kubefigurator/etcd-store';
import { createLogger } from '@kubefigurator/daemon';
import { createAuthority, type CertificateAuthority } from '../support/fleet/certificates.ts';
import { waitFor, when, type WaitResult } from '../support/sandbox/wait.ts';
import {
  follow,
  KEY,
  startLocalEtcd,
  storeAt,
  testFolder,
  type Following,
  type LocalEtcd,
} from './local-etcd.ts';

let etcd: LocalEtcd;
let store: ConfigStore | undefined;
let following: Following | undefined;

function open(settings: Partial<EtcdSettings>, options: Partial<StoreOptions> = {}): ConfigStore {
  store = storeAt(etcd.url, settings, options);
  return store;
}

afterEach(async () => {
  await following?.stop();
  await store?.close();
  following = store = undefined;
});
afterAll(() => endEtcd());

/** Ends etcd, unless it could not be started. */
async function endEtcd(): Promise<void> {
  await (etcd as LocalEtcd | undefined)?.end();
}

/** Waits until a token issued now is refused; a use renews it, so the checks are further apart than its lifetime. */
async function untilTokensExpire(): Promise<void> {
  const ask = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<unknown> =>
    (await fetch(`${etcd.url}/v3/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  const { token } = (await ask('auth/authenticate', { name: 'reader', password: 'first' })) as {
    token: string;
  };
  const check = async (): Promise<WaitResult<true>> => {
    const answer = JSON.stringify(await ask('kv/range', { key: btoa(KEY) }, { authorization: token }));
    return when(answer.includes('invalid auth token'), answer);
  };
  await waitFor('tokens expire', check, { limitMs: 20_000, everyMs: 3_500 });
}

describe('user and password', () => {
  let root: readonly string[];
  const asRoot = (...args: readonly string[]): Promise<string> => etcd.etcdctl(...root, ...args);
  let passwordFile: string;

  beforeAll(async () => {
    etcd = await startLocalEtcd({ flags: ['--auth-token-ttl=2', '--bcrypt-cost=4'] });
    passwordFile = join(etcd.folder, 'password');
    writeFileSync(passwordFile, 'first\n', { mode: 0o600 });
    root = ['--user', 'root:secret'];
    for (const [user, password] of [
      ['root', 'secret'],
      ['reader', 'first'],
    ] as const) {
      await etcd.etcdctl('user', 'add', `${user}:${password}`);
    }
    await etcd.etcdctl('role', 'add', 'read');
    await etcd.etcdctl('role', 'grant-permission', 'read', 'read', KEY);
    await etcd.etcdctl('user', 'grant-role', 'root', 'root');
    await etcd.etcdctl('user', 'grant-role', 'reader', 'read');
  });
  afterAll(() => endEtcd());

  it('works without a login if etcd has no authentication', async () => {
    const reading = await open({ etcdUser: 'reader', etcdPasswordFile: passwordFile }).read();
    expect(reading).toMatchObject({ kind: 'missing' });
    // The tests below need it.
    await etcd.etcdctl('auth', 'enable');
  });

  it('reads as the user, and names user and key if it may not write', async () => {
    await asRoot('put', KEY, 'a');
    const reader = open({ etcdUser: 'reader', etcdPasswordFile: passwordFile });
    const seen = await reader.read();
    expect(seen).toMatchObject({ published: { text: 'a' } });
    await expect(reader.publish('b', seen)).rejects.toThrow(
      `can't publish "${KEY}" in etcd at ${etcd.url}: permission denied for user reader on key "${KEY}"`,
    );
  });

  it('says once that pause and pin don’t count for a user that may not read them, and when they do', async () => {
    await asRoot('role', 'add', 'narrow');
    await asRoot('role', 'grant-permission', 'narrow', 'readwrite', KEY);
    await asRoot('user', 'add', 'narrow:first');
    await asRoot('user', 'grant-role', 'narrow', 'narrow');
    const lines: { readonly msg: string; readonly hint?: string }[] = [];
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(JSON.parse(chunk.toString()) as (typeof lines)[number]);
        done();
      },
    });
    const log = createLogger({ level: 'info', format: 'json', stream, journal: false });
    const narrow = open({ etcdUser: 'narrow', etcdPasswordFile: passwordFile }, { log, stopsAgainMs: 0 });
    const publish = async (text: string): Promise<unknown> =>
      (await narrow.publish(text, await narrow.read())).kind;
    expect([await publish('1'), await publish('2')]).toEqual(['published', 'published']);
    const stops = (): readonly string[] =>
      lines.map(({ msg }) => msg).filter((msg) => msg.startsWith('stops.'));
    expect(stops()).toEqual(['stops.denied']);
    expect(lines.find(({ msg }) => msg === 'stops.denied')?.hint).toContain(`${KEY}/pin`);
    for (const name of ['pin', 'held/pause'])
      await asRoot('role', 'grant-permission', 'narrow', 'read', `${KEY}/${name}`);
    expect(await publish('3')).toBe('published');
    expect(stops()).toEqual(['stops.denied', 'stops.read']);
  });

  it('reports a missing user and a wrong password, without printing the password', async () => {
    await expect(open({}).read()).rejects.toThrow(/etcd wants to know who we are/);
    await store?.close();
    const wrong = join(etcd.folder, 'wrong');
    writeFileSync(wrong, 'not-this-one');
    const failure = await open({ etcdUser: 'reader', etcdPasswordFile: wrong })
      .read()
      .catch((error: unknown) => error);
    expect(String(failure)).toMatch(/wrong user or password \(user reader\)/);
    expect(JSON.stringify(failure) + String(failure)).not.toContain('not-this-one');
  });

  it('survives a lost token after a restart of etcd, and an expired token', async () => {
    await asRoot('put', KEY, 'a');
    following = follow(open({ etcdUser: 'reader', etcdPasswordFile: passwordFile }));
    await following.until('a');
    await following.untilConnected(true);
    // A restart of etcd invalidates every simple token, as their expiry does.
    await etcd.process().kill();
    await etcd.start();
    await asRoot('put', KEY, 'b');
    await following.until('b', 3_000);
    await untilTokensExpire();
    expect(await store?.read()).toMatchObject({ published: { text: 'b' } });
    await asRoot('put', KEY, 'c');
    await following.until('c', 3_000);
  });

  it('reads a changed password from its file', async () => {
    await asRoot('put', KEY, 'a');
    following = follow(open({ etcdUser: 'reader', etcdPasswordFile: passwordFile }));
    await following.until('a');
    await etcd.etcdctl(...root, 'user', 'delete', 'reader');
    await etcd.etcdctl(...root, 'user', 'add', 'reader:second');
    await etcd.etcdctl(...root, 'user', 'grant-role', 'reader', 'read');
    await etcd.process().kill();
    await etcd.start();
    expect((await following.untilConnected(false)).reason).toContain(etcd.url);
    writeFileSync(passwordFile, 'second');
    await following.untilConnected(true, 8_000);
    await asRoot('put', KEY, 'b');
    await following.until('b', 8_000);
  });

  it('is refused while the user lacks the permission to read, and follows again once it is granted', async () => {
    await asRoot('put', KEY, 'a');
    following = follow(open({ etcdUser: 'reader', etcdPasswordFile: passwordFile }));
    await following.until('a');
    await asRoot('role', 'revoke-permission', 'read', KEY);
    await etcd.process().kill();
    await etcd.start();
    await expect(store?.read()).rejects.toThrow(/permission denied for user reader/);
    await asRoot('role', 'grant-permission', 'read', 'read', KEY);
    await asRoot('put', KEY, 'b');
    await following.until('b', 6_000);
  });
});

describe('certificates', () => {
  let authority: CertificateAuthority;
  let files: { ca: string; cert: string; key: string };

  async function useCertificate(of: CertificateAuthority, name: string): Promise<void> {
    const { cert, key } = await of.issue([name, '127.0.0.1']);
    writeFileSync(files.key, key);
    writeFileSync(files.cert, cert);
  }
  const settings = (): Partial<EtcdSettings> => ({
    etcdCaFile: files.ca,
    etcdClientCertFile: files.cert,
    etcdClientKeyFile: files.key,
  });

  beforeAll(async () => {
    const folder = testFolder();
    authority = await createAuthority(join(folder, 'authority'));
    files = { ca: authority.caFile, cert: join(folder, 'client.crt'), key: join(folder, 'client.key') };
    const server = await authority.issue(['localhost', '127.0.0.1']);
    const [certFile, keyFile] = [join(folder, 'server.crt'), join(folder, 'server.key')];
    writeFileSync(certFile, server.cert);
    writeFileSync(keyFile, server.key);
    await useCertificate(authority, 'consumer');
    etcd = await startLocalEtcd({
      folder,
      scheme: 'https',
      flags: [
        '--client-cert-auth',
        `--trusted-ca-file=${files.ca}`,
        `--cert-file=${certFile}`,
        `--key-file=${keyFile}`,
      ],
      etcdctlFlags: ['--cacert', files.ca, '--cert', certFile, '--key', keyFile],
    });
  });

  it('reads, publishes and follows with a client certificate', async () => {
    const mine = open(settings());
    expect(await mine.publish('a', await mine.read())).toMatchObject({ kind: 'published' });
    following = follow(mine);
    await following.until('a');
  });

  it('reports which side refuses a certificate, and a file that is missing', async () => {
    const other = await createAuthority(join(etcd.folder, 'other'));
    await expect(open({ ...settings(), etcdCaFile: other.caFile }).read()).rejects.toThrow(
      /etcd's certificate isn't from an authority we trust/,
    );
    await store?.close();
    await expect(open({ etcdCaFile: files.ca }).read()).rejects.toThrow(
      /refuses our certificate|connection ended/,
    );
    await store?.close();
    await expect(storeAt(etcd.url.replace('https', 'http')).read()).rejects.toThrow(/connection ended/);
    expect(() => open({ ...settings(), etcdCaFile: '/nowhere/ca.crt' })).toThrow(
      "can't read /nowhere/ca.crt (--etcd-ca-file): there is no such file",
    );
  });

  it('uses a rotated certificate for the next connection', async () => {
    const other = await createAuthority(join(etcd.folder, 'stranger'));
    following = follow(open(settings()));
    await following.until('a');
    await useCertificate(other, 'stranger');
    await etcd.process().kill();
    await etcd.start();
    const refused = await following.untilConnected(false, 3_000);
    expect(refused.reason).toContain(etcd.url);
    await useCertificate(authority, 'consumer');
    await etcd.etcdctl('put', KEY, 'b');
    await following.until('b', 8_000);
    await following.untilConnected(true, 3_000);
  });

  it('reconnects with a rotated certificate after its periodic check of the files', async () => {
    await etcd.etcdctl('put', KEY, 'c');
    following = follow(open(settings(), { secondOpinionMs: 300 }));
    await following.until('c');
    await following.untilConnected(true);
    await useCertificate(authority, 'renewed');
    expect((await following.untilConnected(false, 3_000)).reason).toBe('the credentials have changed');
    await following.untilConnected(true, 3_000);
    await etcd.etcdctl('put', KEY, 'd');
    await following.until('d', 1_000);
  });

  it('has the rights of the user in its certificate', async () => {
    await useCertificate(authority, 'consumer');
    await etcd.etcdctl('user', 'add', 'root:secret');
    await etcd.etcdctl('user', 'grant-role', 'root', 'root');
    await etcd.etcdctl('user', 'add', 'consumer:unused');
    await etcd.etcdctl('role', 'add', 'reader');
    await etcd.etcdctl('user', 'grant-role', 'consumer', 'reader');
    await etcd.etcdctl('auth', 'enable');
    const mine = open(settings());
    await expect(mine.read()).rejects.toThrow(`permission denied for user consumer on key "${KEY}"`);
    await etcd.etcdctl('--user', 'root:secret', 'role', 'grant-permission', 'reader', 'read', KEY);
    following = follow(mine);
    await following.until('d');
  });
});
