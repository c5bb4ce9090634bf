import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ETCD_PATH, etcdKeyAt, KEYS as TABLE, etcdMemberKeyAt } from '@kubefigurator/config-model';
import { createLogger } from '@kubefigurator/daemon';
import {
  openHostReader,
  type ConfigStore,
  type EtcdSettings,
  type HostReader,
  packText,
} from '@kubefigurator/etcd-store';
import { createAuthority } from '../support/fleet/certificates.ts';
import { readDocBlocks } from '../support/machine/doc-blocks.ts';
import { programPath, repositoryRoot } from '../support/sandbox/programs.ts';
import { runChecked, runCommand } from '../support/sandbox/processes.ts';
import { follow, startLocalEtcd, storeAt, testFolder, type LocalEtcd } from './local-etcd.ts';

const KEYS = {
  config: etcdKeyAt(DEFAULT_ETCD_PATH, 'config'),
  host: (host: string): string => etcdMemberKeyAt(DEFAULT_ETCD_PATH, 'hosts', host),
  alive: (host: string): string => etcdMemberKeyAt(DEFAULT_ETCD_PATH, 'alive', host),
  pause: etcdMemberKeyAt(DEFAULT_ETCD_PATH, 'held', 'pause'),
  owner: etcdKeyAt(DEFAULT_ETCD_PATH, 'owner'),
  pin: etcdKeyAt(DEFAULT_ETCD_PATH, 'pin'),
  history: etcdMemberKeyAt(DEFAULT_ETCD_PATH, 'history', '1'),
  release: etcdMemberKeyAt(DEFAULT_ETCD_PATH, 'releases', '*:443'),
};
const USERS = [
  'root',
  'kubefigurator-producer',
  'kubefigurator-viewer',
  'operator',
  'lb-1',
  'lb-2',
  'stranger',
] as const;
type User = (typeof USERS)[number];
/** What the keys below the config begin with, of every row of the table. */
const RANGES = Object.fromEntries(
  Object.entries(TABLE).flatMap(([name, { below }]) =>
    below === '' ? [] : [[name, `${DEFAULT_ETCD_PATH}${below.replace(/<.*$/, '')}`]],
  ),
);

/** An etcd with client certificates and exactly the roles of docs/install.md, for two hosts. */
describe('the roles in docs/install.md', () => {
  let etcd: LocalEtcd;
  let pki: string;
  const stores: ConfigStore[] = [];
  const flagsOf = (user: User): string[] => [
    `--cacert=${join(pki, 'ca.crt')}`,
    `--cert=${join(pki, `${user}.crt`)}`,
    `--key=${join(pki, `${user}.key`)}`,
  ];
  const open = (user: User): ConfigStore => {
    const store = storeAt(etcd.url, settingsOf(user));
    stores.push(store);
    return store;
  };
  const settingsOf = (user: User): Omit<EtcdSettings, 'etcdHost'> => ({
    etcdPath: DEFAULT_ETCD_PATH,
    etcdCaFile: join(pki, 'ca.crt'),
    etcdClientCertFile: join(pki, `${user}.crt`),
    etcdClientKeyFile: join(pki, `${user}.key`),
    ...{ etcdUser: undefined, etcdPasswordFile: undefined, etcdProxy: undefined },
  });
  const readerOf = (user: User): HostReader => {
    const log = createLogger({ level: 'error', format: 'json', stream: process.stderr, journal: false });
    return openHostReader({ etcdHost: [etcd.url], ...settingsOf(user) }, { log });
  };
  /** Runs etcdctl as this user and returns `ok` or etcd's refusal. */
  const attempt = async (user: User, ...command: readonly string[]): Promise<string> => {
    const args = [programPath('etcdctl'), '--endpoints', etcd.url, ...flagsOf(user), ...command];
    const { code, stderr } = await runCommand(args, { env: { ETCDCTL_API: '3' } });
    return code === 0
      ? 'ok'
      : (/(permission denied|user name not found|user name is empty)/.exec(stderr)?.[1] ?? stderr);
  };

  beforeAll(async () => {
    const folder = testFolder();
    pki = join(folder, 'pki');
    const authority = await createAuthority(pki);
    for (const name of ['etcd', ...USERS]) {
      const { cert, key } = await authority.issue([name, '127.0.0.1']);
      writeFileSync(join(pki, `${name}.crt`), cert);
      writeFileSync(join(pki, `${name}.key`), key);
    }
    const tls = ['--client-cert-auth', `--trusted-ca-file=${authority.caFile}`];
    const own = [`--cert-file=${join(pki, 'etcd.crt')}`, `--key-file=${join(pki, 'etcd.key')}`];
    etcd = await startLocalEtcd({
      folder,
      scheme: 'https',
      flags: [...tls, ...own],
      etcdctlFlags: flagsOf('root'),
    });
    await grantAsDocumented();
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });
  afterAll(() => etcd.end());

  /** Executes the block of the page with other paths and another list of hosts. */
  async function grantAsDocumented(): Promise<void> {
    const block = readDocBlocks(join(repositoryRoot, 'docs/install.md')).find(({ tags }) =>
      tags.includes('roles'),
    );
    const script = (block?.code ?? '')
      .replaceAll('/root/pki', pki)
      .replace('https://etcd-1.example.com:2379', etcd.url)
      .replace('for host in lb-1;', 'for host in lb-1 lb-2;');
    const bin = join(dirname(pki), 'bin');
    mkdirSync(bin);
    symlinkSync(programPath('etcdctl'), join(bin, 'etcdctl'));
    const asOperator = [
      'etcdctl user add operator --no-password',
      'etcdctl user grant-role operator kubefigurator-operator',
    ];
    // The page leaves it to the reader who is an operator.
    const whole = script.replace('etcdctl auth enable', [...asOperator, 'etcdctl auth enable'].join('\n'));
    await runChecked(['sh', '-euc', whole], { env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } });
  }

  it('let the producer publish, and a host read and follow it', async () => {
    const producer = open('kubefigurator-producer');
    expect(await producer.publish('a', await producer.read())).toMatchObject({ kind: 'published' });
    const host = open('lb-1');
    expect(await host.read()).toMatchObject({ published: { text: 'a' } });
    const following = follow(host);
    await following.until('a');
    await following.untilConnected(true);
    expect(await producer.publish('b', await producer.read())).toMatchObject({ kind: 'published' });
    await following.until('b');
    await following.stop();
  });

  it('let an operator pin a text that a producer published, and a viewer see the history', async () => {
    const producer = open('kubefigurator-producer');
    await producer.publish('old\n', await producer.read());
    const packed = await packText('old\n');
    const entry = { revision: '7', record: '{}', packed, deletes: [], leader: undefined };
    expect(await producer.writeHistory(entry)).toBe(true);
    const [operator, viewer] = [open('operator'), open('kubefigurator-viewer')];
    expect(await viewer.readHistory()).toEqual([{ revision: '7', record: '{}' }]);
    expect(await operator.readHistory()).toEqual([{ revision: '7', record: '{}' }]);
    const text = (await operator.readHistoryText('7')) ?? '';
    const markerSeen = { revision: '0', value: undefined };
    const write = { revision: '7', text, seen: await operator.read(), marker: '{}', markerSeen };
    expect(await operator.pin(write)).toBe('pinned');
    expect((await producer.publish('new\n', await producer.read())).kind).toBe('pinned');
    expect(await viewer.readPin()).toMatchObject({ value: '{}' });
    expect(await attempt('operator', 'del', KEYS.pin)).toBe('ok');
  });

  it('forbid a host to publish, with an error that names host and key', async () => {
    const host = open('lb-1');
    const seen = await host.read();
    await expect(host.publish('mine', seen)).rejects.toThrow(
      new RegExp(`permission denied.*lb-1.*${DEFAULT_ETCD_PATH}`),
    );
    expect(await attempt('lb-1', 'del', KEYS.config)).toBe('permission denied');
  });

  it.each<[User, string, string, string]>([
    ['lb-1', 'its own status', KEYS.host('lb-1'), 'ok'],
    ['lb-1', 'its own presence', KEYS.alive('lb-1'), 'ok'],
    ['lb-1', "another host's status", KEYS.host('lb-2'), 'permission denied'],
    ['lb-1', "another host's presence", KEYS.alive('lb-2'), 'permission denied'],
    ['lb-1', 'a host whose name begins like its own', KEYS.host('lb-11'), 'permission denied'],
    ['lb-1', 'a key that only begins like the config’s', `${DEFAULT_ETCD_PATH}-other`, 'permission denied'],
    ['operator', 'what is held, approved and paused', KEYS.pause, 'ok'],
    ['operator', 'what is freed', KEYS.release, 'ok'],
    ['operator', 'whose path it is', KEYS.owner, 'ok'],
    ['lb-1', 'whose path it is', KEYS.owner, 'permission denied'],
    ['kubefigurator-viewer', 'whose path it is', KEYS.owner, 'permission denied'],
    ['operator', 'the config, which pin writes', KEYS.config, 'ok'],
    ['operator', 'what is pinned', KEYS.pin, 'ok'],
    ['operator', 'what was published', KEYS.history, 'permission denied'],
    ['kubefigurator-producer', 'what was published', KEYS.history, 'ok'],
    ['kubefigurator-viewer', 'what is pinned', KEYS.pin, 'permission denied'],
    ['kubefigurator-viewer', 'what was published', KEYS.history, 'permission denied'],
    ['lb-1', 'what is pinned', KEYS.pin, 'permission denied'],
    ['lb-1', 'what was published', KEYS.history, 'permission denied'],
    ['operator', "a host's status, which forget deletes", KEYS.host('lb-1'), 'ok'],
    ['operator', "a host's presence", KEYS.alive('lb-1'), 'permission denied'],
    ['lb-1', 'what is held, approved and paused', KEYS.pause, 'permission denied'],
    ['kubefigurator-producer', 'what is held, approved and paused', KEYS.pause, 'ok'],
    ['kubefigurator-producer', 'a key below the config’s', `${DEFAULT_ETCD_PATH}/other`, 'ok'],
    [
      'kubefigurator-producer',
      'a key that only begins like the config’s',
      `${DEFAULT_ETCD_PATH}-other`,
      'permission denied',
    ],
    ['kubefigurator-producer', 'anything else', '/registry/secrets/a', 'permission denied'],
    ['kubefigurator-viewer', 'the config', KEYS.config, 'permission denied'],
    ['kubefigurator-viewer', 'a release', `${DEFAULT_ETCD_PATH}/releases/*:443`, 'permission denied'],
    ['kubefigurator-viewer', 'what is held, approved and paused', KEYS.pause, 'permission denied'],
    ['kubefigurator-viewer', "a host's status", KEYS.host('lb-1'), 'permission denied'],
    ['stranger', 'the config, with a certificate but no user', KEYS.config, 'permission denied'],
  ])('%s writing %s', async (user, _what, key, answer) => {
    expect(await attempt(user, 'put', key, 'x')).toBe(answer);
  });

  it.each<[User, string, string, string]>([
    ['lb-1', "another host's status", KEYS.host('lb-2'), 'ok'],
    ['lb-1', 'a key that only begins like the config’s', `${DEFAULT_ETCD_PATH}-other`, 'permission denied'],
    ['kubefigurator-producer', 'anything else', '/registry/secrets/a', 'permission denied'],
    ['kubefigurator-viewer', 'the config', KEYS.config, 'ok'],
    ...Object.entries(RANGES).map(([name, prefix]): [User, string, string, string] => [
      'kubefigurator-viewer',
      `below ${name}`,
      `${prefix}x`,
      name === 'secrets' || name === 'registrations' ? 'permission denied' : 'ok',
    ]),
    [
      'kubefigurator-viewer',
      'a key that only begins like the config’s',
      `${DEFAULT_ETCD_PATH}-other`,
      'permission denied',
    ],
    ['stranger', 'the config', KEYS.config, 'permission denied'],
  ])('%s reading %s', async (user, _what, key, answer) => {
    expect(await attempt(user, 'get', key)).toBe(answer);
  });

  it('let a viewer read all that explain and status need, also what is held and the hosts', async () => {
    expect(await attempt('operator', 'put', KEYS.release, '{}')).toBe('ok');
    expect(await attempt('operator', 'put', KEYS.pause, '{}')).toBe('ok');
    expect(await attempt('lb-1', 'put', KEYS.host('lb-1'), '{}')).toBe('ok');
    expect(await attempt('lb-1', 'put', KEYS.alive('lb-1'), '{}')).toBe('ok');
    expect(await attempt('lb-2', 'put', KEYS.alive('lb-2'), '{}')).toBe('ok');
    const viewer = open('kubefigurator-viewer');
    expect((await viewer.read()).kind).toBe('published');
    expect(await viewer.readReleases()).toMatchObject([{ name: '*:443' }]);
    expect(await viewer.readHeld()).toMatchObject([{ name: 'pause' }]);
    const hosts = readerOf('kubefigurator-viewer');
    expect(await hosts.read()).toEqual([
      { host: 'lb-1', status: expect.objectContaining({ kind: 'unreadable' }) as object, isAlive: true },
      { host: 'lb-2', status: undefined, isAlive: true },
    ]);
    hosts.close();
    const strange = readerOf('stranger');
    await expect(strange.read()).rejects.toThrow(/permission denied.*stranger.*hosts/);
    strange.close();
  });

  it('let an operator forget a host without presence, and a viewer not', async () => {
    expect(await attempt('lb-1', 'put', KEYS.host('lb-1'), '{}')).toBe('ok');
    expect(await attempt('lb-1', 'put', KEYS.alive('lb-1'), '{}')).toBe('ok');
    const [operator, viewer] = [readerOf('operator'), readerOf('kubefigurator-viewer')];
    expect(await operator.forget('lb-1')).toBe('alive');
    expect(await attempt('lb-1', 'del', KEYS.alive('lb-1'))).toBe('ok');
    await expect(viewer.forget('lb-1')).rejects.toThrow(/permission denied.*viewer.*hosts\/lb-1/);
    expect(await operator.forget('lb-1')).toBe('forgotten');
    expect(await operator.forget('lb-1')).toBe('unknown');
    operator.close();
    viewer.close();
  });

  it('forbid every user but root to change roles', async () => {
    for (const user of ['lb-1', 'kubefigurator-producer'] as const)
      expect(
        await attempt(user, 'role', 'grant-permission', 'kubefigurator-consumer', 'readwrite', '/'),
      ).toBe('permission denied');
  });
});
