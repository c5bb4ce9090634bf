import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLogger } from '@kubefigurator/daemon';
import { openAnnouncer, openLease, openEtcdSession, type EtcdSettings } from '@kubefigurator/etcd-store';
import { startGrpcProxy, type GrpcProxy } from '../support/etcd/grpc-proxy.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import { follow, freePort, KEY, startLocalEtcd, storeAt, type LocalEtcd } from './local-etcd.ts';

const ALIVE = `${KEY}/alive/lb-1`;
const SELF = { id: 'a', machine: 'lb-1', addresses: ['192.0.2.1'], pid: 7, startedAt: '2026' };
const PACE = { writeMs: 200, beatMs: 1_000, verifyMs: 60_000, deniedMs: 300 };
const LIFE_MS = 3 * PACE.beatMs;
const heartbeat = { beatMs: 1_000, patienceMs: 200, silenceMs: 1_500 };
const log = createLogger({ level: 'error', format: 'json', stream: process.stderr, journal: false });

let etcd: LocalEtcd;
let proxy: GrpcProxy;

beforeEach(async () => {
  etcd = await startLocalEtcd({ flags: ['--bcrypt-cost=4'] });
  const listen = `127.0.0.1:${String(await freePort())}`;
  proxy = await startGrpcProxy({ listen, etcdUrl: etcd.url, logs: etcd.folder });
});
afterEach(async () => {
  await proxy.process().kill();
  await etcd.end();
});

function settings(): EtcdSettings {
  const none = { etcdCaFile: undefined, etcdClientCertFile: undefined, etcdClientKeyFile: undefined };
  const user = { etcdUser: undefined, etcdPasswordFile: undefined, etcdProxy: undefined };
  return { etcdHost: [proxy.url], etcdPath: KEY, ...none, ...user };
}
const value = (key: string): Promise<string> =>
  etcd.etcdctl('get', key, '--print-value-only').then((text) => text.trimEnd());
/** What etcdctl's output format `fields` says of the key itself: its revisions, lease and value. */
const keyOf = (fields: string): string => fields.slice(fields.indexOf('"Key"'));
const until = (key: string, text: string, limitMs = 10_000): Promise<true> =>
  waitFor(`${key} is "${text}"`, async () => when((await value(key)) === text, await value(key)), {
    limitMs,
  });

it('a host’s presence stays through `etcd grpc-proxy` for longer than its lease lives, and goes when it closes', async () => {
  const onShared = vi.fn();
  const announcer = openAnnouncer(settings(), { host: 'lb-1', self: () => SELF, onShared, log, pace: PACE });
  announcer.publish('status');
  await until(ALIVE, JSON.stringify({ version: 1, ...SELF }));
  await until(`${KEY}/hosts/lb-1`, 'status');
  const before = await etcd.etcdctl('get', ALIVE, '-w', 'fields');
  await delay(3 * LIFE_MS);
  expect(keyOf(await etcd.etcdctl('get', ALIVE, '-w', 'fields'))).toEqual(keyOf(before));
  await announcer.close();
  expect(await value(ALIVE)).toBe('');
  expect(onShared).not.toHaveBeenCalled();
});

it('the lease of a process that dies is not prolonged by the proxy', async () => {
  const session = openEtcdSession({ settings: settings(), log });
  const lease = openLease(session, PACE);
  lease.keep({
    put: async (id) => {
      await etcd.etcdctl('put', ALIVE, 'here', '--lease', BigInt(id).toString(16));
    },
    report: () => false,
  });
  await until(ALIVE, 'here');
  await delay(LIFE_MS);
  session.close();
  await until(ALIVE, '', LIFE_MS + 3_000);
});

it('a user with a password reads, follows and is denied through the proxy as without it', async () => {
  const root = ['--user', 'root:secret'];
  for (const user of ['root', 'reader']) await etcd.etcdctl('user', 'add', `${user}:secret`);
  await etcd.etcdctl('role', 'add', 'read');
  await etcd.etcdctl('role', 'grant-permission', 'read', 'read', KEY);
  await etcd.etcdctl('user', 'grant-role', 'root', 'root');
  await etcd.etcdctl('user', 'grant-role', 'reader', 'read');
  await etcd.etcdctl('auth', 'enable');
  const put = (text: string): Promise<string> => etcd.etcdctl(...root, 'put', KEY, text);
  await put('a');
  const passwordFile = join(etcd.folder, 'password');
  writeFileSync(passwordFile, 'secret');
  const store = storeAt(proxy.url, { etcdUser: 'reader', etcdPasswordFile: passwordFile }, { heartbeat });
  const received = follow(store);
  try {
    await received.until('a');
    await received.untilConnected(true);
    await delay(4 * heartbeat.beatMs);
    expect(received.states.filter(({ connected }) => !connected)).toEqual([]);
    await put('b');
    expect(await received.until('b')).toBeLessThan(500);
    await expect(store.publish('c', await store.read())).rejects.toThrow(/permission denied for user reader/);
    // A restart of etcd invalidates every simple token.
    await etcd.process().kill();
    await etcd.start();
    await put('d');
    await received.until('d', 20_000);
    await put('e');
    await received.until('e', 5_000);
  } finally {
    await received.stop();
    await store.close();
  }
});
