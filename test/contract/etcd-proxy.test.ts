import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../support/fleet/certificates.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { ConnectProxy } from '../support/sandbox/connect-proxy.ts';
import { startConnectProxy } from '../support/sandbox/connect-proxy.ts';
import type { CommandResult } from '../support/sandbox/processes.ts';
import { runCommand } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import type { LocalEtcd } from './local-etcd.ts';
import { KEY, startLocalEtcd, testFolder } from './local-etcd.ts';

const DEAD = 'http://127.0.0.1:1';
const host = '127.0.0.1';
/** Every variable that gRPC or another client takes a proxy from. */
const everywhere = (url: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['grpc_proxy', 'https_proxy', 'http_proxy', 'all_proxy'].flatMap((name) => [
      [name, url],
      [name.toUpperCase(), url],
    ]),
  );

describe.each(['http', 'https'] as const)('etcd over %s', (scheme) => {
  let etcd: LocalEtcd;
  let flags: readonly string[];
  let target: string;
  const proxies: ConnectProxy[] = [];

  beforeAll(async () => {
    const folder = testFolder();
    const authority = await createAuthority(join(folder, 'ca'));
    const { cert, key } = await authority.issue([host]);
    const files = { cert: join(folder, 'etcd.crt'), key: join(folder, 'etcd.key') };
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key, { mode: 0o600 });
    const isTls = scheme === 'https';
    etcd = await startLocalEtcd({
      scheme,
      folder,
      flags: isTls ? [`--cert-file=${files.cert}`, `--key-file=${files.key}`] : [],
      etcdctlFlags: isTls ? ['--cacert', authority.caFile] : [],
    });
    const manifests = join(folder, 'manifests');
    mkdirSync(manifests);
    const items = [
      nodeManifest({ name: 'worker-a', address: '10.1.0.11' }),
      serviceManifest({ name: 'shop', nodePort: 30_001, options: { hostname: 'shop.example.com' } }),
    ];
    writeFileSync(join(manifests, 'all.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    target = new URL(etcd.url).host;
    const ca = isTls ? [`--etcd-ca-file=${authority.caFile}`] : [];
    flags = [`--from=${manifests}`, '--cluster=nyc1', `--etcd-host=${etcd.url}`, `--etcd-path=${KEY}`, ...ca];
  });
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close();
    await etcd.etcdctl('del', KEY);
  });
  afterAll(() => etcd.end());

  async function start(spec: Parameters<typeof startConnectProxy>[0] = {}): Promise<ConnectProxy> {
    const proxy = await startConnectProxy({ host, ...spec });
    proxies.push(proxy);
    return proxy;
  }
  const publish = (...args: readonly string[]): Promise<CommandResult> => publishWith({}, ...args);
  const publishWith = (
    env: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): Promise<CommandResult> =>
    runCommand([process.execPath, bundlePath('producer'), 'apply', ...flags, ...args], { env });
  const published = async (): Promise<boolean> => (await etcd.etcdctl('get', KEY)).includes('kubefigurator');

  it('never goes through a proxy of the environment', async () => {
    expect(await publishWith(everywhere(DEAD))).toMatchObject({ code: 0 });
    const proxy = await start();
    expect(await publishWith(everywhere(`http://${proxy.address}`))).toMatchObject({ code: 0 });
    expect(proxy.taken()).toEqual([]);
    expect(await published()).toBe(true);
  });

  it('goes through the proxy of --etcd-proxy, whatever $no_proxy says', async () => {
    const proxy = await start();
    const env = { no_proxy: '*,127.0.0.1', NO_PROXY: '*', no_grpc_proxy: '127.0.0.1' };
    expect(await publishWith(env, `--etcd-proxy=http://${proxy.address}`)).toMatchObject({ code: 0 });
    expect([...new Set(proxy.taken())]).toEqual([target]);
    expect(await published()).toBe(true);
  });

  it('goes through it with user and password, which are shown nowhere', async () => {
    const { address } = await start({ credentials: 'me:pass-SECRET' });
    const env = { KUBEFIGURATOR_ETCD_PROXY: `http://me:pass-SECRET@${address}` };
    expect(await publishWith(env)).toMatchObject({ code: 0 });
    const { stdout } = await publishWith(env, '--print-settings');
    expect(stdout).toContain(`http://${address}`);
    expect(stdout).not.toContain('SECRET');
  });

  it.each<readonly [string, () => Promise<string>]>([
    ['is dead', () => Promise.resolve(DEAD)],
    ['can’t reach etcd', async () => `http://${(await start({ refuse: 503 })).address}`],
    ['wants a password', async () => `http://${(await start({ credentials: 'a:b' })).address}`],
  ])('names the proxy that %s', async (_what, url) => {
    const proxy = await url();
    const { code, stderr } = await publish(`--etcd-proxy=${proxy}`);
    expect(code).toBe(1);
    expect(stderr).toContain(`etcd at ${etcd.url}: no connection through the proxy ${proxy} (`);
    expect(stderr).toContain('; check that the proxy of --etcd-proxy runs and reaches etcd');
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});

it('the consumer has --etcd-proxy too, and never goes through a proxy of the environment', async () => {
  const etcd = await startLocalEtcd();
  const proxy = await startConnectProxy({ host });
  try {
    const diff = async (
      env: Readonly<Record<string, string>>,
      ...args: readonly string[]
    ): Promise<CommandResult> =>
      runCommand(
        [
          ...[process.execPath, bundlePath('consumer'), 'diff', `--state-directory=${etcd.folder}`],
          ...[`--etcd-host=${etcd.url}`, `--etcd-path=${KEY}`, ...args],
        ],
        { env },
      );
    const direct = await diff({});
    expect(direct.stderr).not.toContain('no connection');
    expect(await diff(everywhere(DEAD))).toEqual(direct);
    expect(await diff({}, `--etcd-proxy=http://${proxy.address}`)).toEqual(direct);
    expect([...new Set(proxy.taken())]).toEqual([new URL(etcd.url).host]);
    expect((await diff({}, `--etcd-proxy=${DEAD}`)).stderr).toContain(
      `no connection through the proxy ${DEAD} (`,
    );
  } finally {
    await proxy.close();
    await etcd.end();
  }
});
