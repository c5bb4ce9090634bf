import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import type { EtcdPlace, EtcdWay } from '../support/fleet/fleet.ts';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { BRIDGE_ADDRESS } from '../support/sandbox/network.ts';
import { runChecked } from '../support/sandbox/processes.ts';
import { programPath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

const ROOT = 'root:secret';
const PASSWORDS = { producer: 'first', consumer: 'other' } as const;

/** Runs etcdctl as root; etcdctl reads user and password from `ETCDCTL_USER`. */
function asRoot(scene: Scene, ...args: readonly string[]): Promise<string> {
  return runChecked([programPath('etcdctl'), '--endpoints', scene.fleet.etcd.url, ...args], {
    env: { ETCDCTL_API: '3' },
  });
}

describe('etcd with users', () => {
  let scene: Scene;

  beforeAll(async () => {
    const flags = { 'auth-token-ttl': '2', 'bcrypt-cost': '4' };
    scene = await startScene({ begin: false, consumers: false, etcd: () => Promise.resolve({ flags }) });
    const etcdctl = (...args: readonly string[]): Promise<string> => asRoot(scene, ...args);
    await etcdctl('user', 'add', ROOT);
    await etcdctl('user', 'grant-role', 'root', 'root');
    for (const [user, password] of Object.entries(PASSWORDS)) {
      await etcdctl('user', 'add', `${user}:${password}`);
      await etcdctl('role', 'add', user);
      const permission = user === 'producer' ? 'readwrite' : 'read';
      await etcdctl('role', 'grant-permission', user, permission, DEFAULT_PATH);
      await etcdctl('user', 'grant-role', user, user);
      writeFileSync(passwordFile(user), password, { mode: 0o600 });
    }
    await etcdctl('auth', 'enable');
    process.env['ETCDCTL_USER'] = ROOT;
    scene.startProducer(...credentials('producer'));
    for (const host of scene.fleet.hosts) host.startConsumer(...credentials('consumer'));
    await scene.waitUntilInSync();
  });
  afterAll(async () => {
    delete process.env['ETCDCTL_USER'];
    await scene.close();
  });
  const passwordFile = (user: string): string => join(scene.fleet.folder, `${user}.password`);
  const credentials = (user: string): string[] => [
    `--etcd-user=${user}`,
    `--etcd-password-file=${passwordFile(user)}`,
  ];

  /** Waits until etcd refuses a token that was issued now, so that older unused tokens have expired as well. */
  async function tokensExpire(): Promise<void> {
    const ask = async (path: string, body: object, headers: Record<string, string> = {}): Promise<string> => {
      const address = `${scene.fleet.etcd.url}/v3/${path}`;
      return (await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) })).text();
    };
    const login = await ask('auth/authenticate', { name: 'consumer', password: PASSWORDS.consumer });
    const { token: authorization } = JSON.parse(login) as { token: string };
    // Each use of a valid token renews it, so the checks are further apart than its time to live.
    const check = async (): Promise<{ done: true } | { pending: string }> => {
      const answer = await ask('kv/range', { key: btoa(DEFAULT_PATH) }, { authorization });
      return when(answer.includes('invalid auth token'), answer);
    };
    await waitFor('tokens expire', check, { limitMs: 20_000, everyMs: 3_500 });
  }

  it('lets the users’ tokens expire', async () => {
    await scene.recoversFrom(tokensExpire);
  });

  it('lets the users’ tokens expire, and breaks every connection', async () => {
    await scene.recoversFrom(async () => {
      await tokensExpire();
      await scene.fleet.etcd.kill();
      await scene.fleet.etcd.start();
    });
  });

  it('denies the producer write access: it logs user and key, and publishes once access is granted', async () => {
    await scene.recoversFrom(async () => {
      const logged = logEvents(scene.producer()).length;
      await asRoot(scene, 'role', 'grant-permission', 'producer', 'read', DEFAULT_PATH);
      await scene.change();
      const event = await waitForEvent(scene.producer(), ({ msg }) => msg === 'pass.failed', {
        after: logged,
      });
      expect(event).toHaveProperty(
        'err.message',
        expect.stringContaining(`permission denied for user producer on key "${DEFAULT_PATH}"`),
      );
      await asRoot(scene, 'role', 'grant-permission', 'producer', 'readwrite', DEFAULT_PATH);
    });
  });

  it('denies the consumers read access: they log user and key, and apply the text once access is granted', async () => {
    await scene.recoversFrom(async () => {
      const logged = scene.fleet.hosts.map((host) => logEvents(host.consumer()).length);
      await asRoot(scene, 'role', 'revoke-permission', 'consumer', DEFAULT_PATH);
      // etcd checks the role only when a watch starts, so the open watches have to be broken.
      await scene.fleet.etcd.kill();
      await scene.fleet.etcd.start();
      for (const [index, host] of scene.fleet.hosts.entries()) {
        const isDenied = ({ msg, reason }: LogEvent): boolean =>
          /^(etcd\.lost|etcd-connection\.failed)$/.test(msg) &&
          String(reason).includes(`permission denied for user consumer on key "${DEFAULT_PATH}"`);
        await waitForEvent(host.consumer(), isDenied, { after: logged[index] ?? 0 });
      }
      await scene.change();
      await asRoot(scene, 'role', 'grant-permission', 'consumer', 'read', DEFAULT_PATH);
    });
  });
});

describe('etcd with certificates', () => {
  let scene: Scene | undefined;
  const SECURE_PORT = 2389;

  afterEach(() => scene?.close());

  async function issueInto(place: Pick<EtcdPlace, 'folder' | 'authority'>, name: string): Promise<void> {
    const { cert, key } = await place.authority.issue([name, BRIDGE_ADDRESS]);
    writeFileSync(join(place.folder, `${name}.crt`), cert);
    writeFileSync(join(place.folder, `${name}.key`), key, { mode: 0o600 });
  }

  /** Flags that make etcd require client certificates on the programs' URL; the harness keeps plain HTTP on its own. */
  async function secure(place: EtcdPlace): Promise<EtcdWay> {
    for (const name of ['etcd', 'client']) await issueInto(place, name);
    const url = `https://${BRIDGE_ADDRESS}:${String(SECURE_PORT)}`;
    const urls = `${place.url},${url}`;
    const file = (name: string): string => join(place.folder, name);
    return {
      url,
      flags: {
        'listen-client-urls': urls,
        'advertise-client-urls': urls,
        'cert-file': file('etcd.crt'),
        'key-file': file('etcd.key'),
        'trusted-ca-file': place.authority.caFile,
        'client-cert-auth': 'true',
      },
    };
  }

  it('has its clients’ certificate rotated: every new connection uses the new one, without a restart', async () => {
    scene = await startScene({ begin: false, consumers: false, etcd: secure });
    const { fleet } = scene;
    const files = {
      'etcd-ca-file': fleet.authority.caFile,
      'etcd-client-cert-file': join(fleet.folder, 'client.crt'),
      'etcd-client-key-file': join(fleet.folder, 'client.key'),
    };
    const flags = Object.entries(files).map(([flag, value]) => `--${flag}=${value}`);
    const producer = scene.startProducer(...flags);
    for (const host of fleet.hosts) host.startConsumer(...flags);
    await scene.waitUntilInSync();
    await scene.recoversFrom(async () => {
      await issueInto(fleet, 'client');
      await fleet.etcd.kill();
      await fleet.etcd.start();
      for (const each of [producer, ...fleet.hosts.map((host) => host.consumer())]) {
        await waitForEvent(each, ({ msg }) => msg === 'etcd-credentials.changed');
      }
    });
  });
});

describe('etcd with a quota', () => {
  let scene: Scene | undefined;
  afterEach(() => scene?.close());

  it('is full: HAProxy keeps serving, the producer logs the quota, and publishes once there is space', async () => {
    const flags = { 'quota-backend-bytes': String(4 * 1024 * 1024) };
    scene = await startScene({ etcd: () => Promise.resolve({ flags }) });
    const { fleet, producer } = scene;
    const etcdctl = (...args: readonly string[]): Promise<string> => asRoot(scene as Scene, ...args);
    await scene.recoversFrom(async () => {
      await fill(fleet.etcd.url);
      const logged = logEvents(producer()).length;
      await scene?.change();
      const event = await waitForEvent(producer(), ({ msg }) => msg === 'pass.failed', { after: logged });
      expect(JSON.stringify(event)).toMatch(/space|quota/i);
      await etcdctl('del', '/filler');
      const { header } = JSON.parse(await etcdctl('get', '/filler', '-w', 'json')) as {
        header: { revision: number };
      };
      await etcdctl('compact', String(header.revision));
      await etcdctl('defrag');
      await etcdctl('alarm', 'disarm');
    });
  });

  async function fill(url: string): Promise<void> {
    const body = JSON.stringify({ key: btoa('/filler'), value: btoa('x'.repeat(512 * 1024)) });
    for (let puts = 0; puts < 30; puts += 1) {
      const response = await fetch(`${url}/v3/kv/put`, { method: 'POST', body });
      if (/space exceeded/.test(await response.text())) return;
    }
    throw new Error('etcd accepted more data than its quota');
  }
});
