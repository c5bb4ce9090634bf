import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '@kubefigurator/daemon';
import { openAnnouncer, type Announcer, type AnnouncerPace } from '@kubefigurator/etcd-store';
import { waitFor, when } from '../support/sandbox/wait.ts';
import { KEY, startLocalEtcd, type LocalEtcd } from './local-etcd.ts';

const STATUS = `${KEY}/hosts/lb-1`;
const ALIVE = `${KEY}/alive/lb-1`;
const SELF = { id: 'a', machine: 'lb-1', addresses: ['192.0.2.1'], pid: 7, startedAt: '2026' };
const PRESENCE = JSON.stringify({ version: 1, ...SELF });
const PACE: AnnouncerPace = { writeMs: 200, beatMs: 400, verifyMs: 1_000, deniedMs: 300 };

let etcd: LocalEtcd;
let announcer: Announcer | undefined;
let log = '';
let writes: string[] = [];

function open(pace: Partial<AnnouncerPace> = {}, user: Readonly<Record<string, string>> = {}): Announcer {
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      log += String(chunk);
      done();
    },
  });
  const settings = {
    etcdHost: [etcd.url],
    etcdPath: KEY,
    etcdCaFile: undefined,
    etcdClientCertFile: undefined,
  };
  announcer = openAnnouncer(
    {
      ...settings,
      etcdClientKeyFile: undefined,
      etcdUser: undefined,
      etcdPasswordFile: undefined,
      etcdProxy: undefined,
      ...user,
    },
    {
      host: 'lb-1',
      self: () => SELF,
      log: createLogger({ level: 'info', format: 'json', stream, journal: false }),
      onWrite: (result) => writes.push(result),
      pace: { ...PACE, ...pace },
    },
  );
  return announcer;
}

const value = (key: string): Promise<string> =>
  etcd.etcdctl('get', key, '--print-value-only').then((text) => text.trimEnd());
const until = (key: string, text: string, limitMs = 10_000): Promise<true> =>
  waitFor(
    `${key} is "${text}"`,
    async () => {
      const seen = await value(key).catch((error: unknown) => String(error));
      return when(seen === text, seen);
    },
    { limitMs },
  );

beforeAll(async () => {
  etcd = await startLocalEtcd();
});
afterEach(async () => {
  await announcer?.close();
  announcer = undefined;
  [log, writes] = ['', []];
});
afterAll(() => etcd.end());

describe('a host announces itself', () => {
  it('writes the newest status, once, and no more often than its pace', async () => {
    const writeMs = 500;
    const { publish } = open({ writeMs, verifyMs: 60_000 });
    await until(ALIVE, PRESENCE);
    for (let n = 0; n < 50; n += 1) publish(`status ${n}`);
    await until(STATUS, 'status 49');
    const began = performance.now();
    publish('status 50');
    publish('status 49');
    publish('status 51');
    await until(STATUS, 'status 51');
    expect(performance.now() - began).toBeGreaterThan(100);
    expect(writes).toEqual(['written', 'written']);
    const since = performance.now();
    publish('status 51');
    await waitFor('two more writes would be due', () =>
      when(writes.length > 2 || performance.now() - since > 2 * writeMs, 'not yet'),
    );
    expect(writes).toEqual(['written', 'written']);
  });

  it('writes its presence while it runs, and deletes it as soon as it ends', async () => {
    const one = open();
    await until(ALIVE, PRESENCE);
    await one.close();
    expect(await value(ALIVE)).toBe('');
    announcer = undefined;
  });

  it('writes the newest status before it closes, even while its pace delays the write', async () => {
    const one = open({ writeMs: 60_000 });
    await until(ALIVE, PRESENCE);
    one.publish('first');
    await until(STATUS, 'first');
    one.publish('last');
    const began = performance.now();
    await one.close();
    expect(performance.now() - began).toBeLessThan(1_900);
    expect(await value(STATUS)).toBe('last');
    expect(await value(ALIVE)).toBe('');
  });

  it('writes the newest of two statuses that were published just before it closes', async () => {
    const one = open();
    one.publish('first of two');
    one.publish('second of two');
    await one.close();
    expect(await value(STATUS)).toBe('second of two');
  });

  it('closes within its limit if etcd does not answer', async () => {
    const one = open();
    await until(ALIVE, PRESENCE);
    etcd.process().pause();
    one.publish('never');
    const began = performance.now();
    await one.close();
    expect(performance.now() - began).toBeLessThan(2_500);
    etcd.process().resume();
  });

  it('writes its keys again after etcd has lost all its data', async () => {
    open().publish('here');
    await until(STATUS, 'here');
    await until(ALIVE, PRESENCE);
    await etcd.process().kill();
    etcd.wipe();
    await etcd.start();
    await until(ALIVE, PRESENCE, 20_000);
    await until(STATUS, 'here', 20_000);
    expect(log).toBe('');
  });

  it('writes its keys again after somebody deleted them', async () => {
    open().publish('here');
    await until(STATUS, 'here');
    await until(ALIVE, PRESENCE);
    await etcd.etcdctl('del', KEY, '--prefix');
    await until(STATUS, 'here');
    await until(ALIVE, PRESENCE);
  });

  it('logs once for each key that it has no permission, and writes both keys once it has', async () => {
    for (const user of ['root', 'reader']) await etcd.etcdctl('user', 'add', `${user}:secret`);
    await etcd.etcdctl('role', 'add', 'read');
    await etcd.etcdctl('role', 'grant-permission', 'read', '--prefix=true', 'read', KEY);
    await etcd.etcdctl('user', 'grant-role', 'root', 'root');
    await etcd.etcdctl('user', 'grant-role', 'reader', 'read');
    await etcd.etcdctl('auth', 'enable');
    const passwordFile = join(etcd.folder, 'password');
    writeFileSync(passwordFile, 'secret');
    open({}, { etcdUser: 'reader', etcdPasswordFile: passwordFile }).publish('here');
    await waitFor('three refusals', () => when(writes.length >= 3, String(writes.length)));
    const events = log
      .split('\n')
      .filter((line) => line !== '')
      .map(
        (line) => JSON.parse(line) as { readonly msg: string; readonly err: { readonly message: string } },
      );
    expect(events.map(({ msg, err }) => `${msg}: ${err.message}`).sort()).toEqual([
      expect.stringMatching(`^presence.denied: .*permission denied for user reader on key "${ALIVE}"$`),
      expect.stringMatching(`^status.denied: .*permission denied for user reader on key "${STATUS}"$`),
    ]);
    const asRoot = ['--user', 'root:secret'];
    await etcd.etcdctl(...asRoot, 'role', 'grant-permission', 'read', 'readwrite', STATUS);
    await etcd.etcdctl(...asRoot, 'role', 'grant-permission', 'read', 'readwrite', ALIVE);
    await waitFor('both are written', () =>
      when(/presence\.recovered/.test(log) && /status\.recovered/.test(log), log),
    );
    await etcd.etcdctl(...asRoot, 'auth', 'disable');
  });
});
