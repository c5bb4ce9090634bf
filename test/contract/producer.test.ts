import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  runCommand,
  startProcess,
  type CommandResult,
  type RunningProcess,
} from '../support/sandbox/processes.ts';
import { nodeManifest } from '../support/kube/manifests.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import { freePort, KEY, type LocalEtcd, startLocalEtcd } from './local-etcd.ts';

/** The etcd that the built producer publishes to. */
let etcd: LocalEtcd;
let manifests: string;
let watching: RunningProcess | undefined;
let health = '';

beforeAll(async () => {
  etcd = await startLocalEtcd();
});

afterAll(async () => {
  await etcd.end();
});

beforeEach(() => {
  manifests = join(etcd.folder, 'manifests');
  mkdirSync(manifests);
  serve('web');
});

afterEach(async () => {
  if (watching?.running() === true) await watching.stop();
  watching = undefined;
  rmSync(manifests, { recursive: true });
  rmSync(join(etcd.folder, 'producer.log'), { force: true });
  // The history, too: a producer that finds no text goes by it.
  await etcd.etcdctl('del', '--prefix', KEY);
});

function serve(...names: readonly string[]): void {
  write([nodeManifest({ name: 'worker-a', address: '10.1.0.11' }), ...services(names)]);
}

function serveWithoutNodes(...names: readonly string[]): void {
  write(services(names));
}

function write(items: readonly object[]): void {
  writeFileSync(join(manifests, 'services.json'), JSON.stringify({ kind: 'List', items }));
}

function services(names: readonly string[]): object[] {
  return names.map((name) => ({
    kind: 'Service',
    metadata: {
      name,
      labels: { 'haproxy-kubefigurator.enabled': 'yes' },
      annotations: { 'haproxy-kubefigurator.hostname': `${name}.example.com` },
    },
    spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30080 }] },
  }));
}

const etcdFlags = (): string[] => [`--etcd-host=${etcd.url}`, `--etcd-path=${KEY}`];

function producer(...args: readonly string[]): Promise<CommandResult> {
  return runCommand([process.execPath, bundlePath('producer'), ...args]);
}

async function published(): Promise<string> {
  // etcdctl appends a newline to the value.
  return (await etcd.etcdctl('get', KEY, '--print-value-only')).slice(0, -1);
}

async function publishes(what: string, holds: (text: string) => boolean): Promise<void> {
  await waitFor(what, async () => {
    const text = await published();
    return when(holds(text), text.slice(0, 300));
  });
}

async function watch(): Promise<RunningProcess> {
  const address = `127.0.0.1:${String(await freePort())}`;
  health = `http://${address}`;
  watching = startProcess({
    name: 'producer',
    command: [
      process.execPath,
      bundlePath('producer'),
      'watch',
      `--from=${manifests}`,
      '--cluster=nyc1',
      '--log-format=json',
      `--metrics-address=${address}`,
      ...etcdFlags(),
    ],
    logs: etcd.folder,
  });
  return watching;
}

const ours = (text: string): boolean => text.startsWith(CONFIG_HEADER);

describe('apply, diff and view', () => {
  it('publish once, and not again what etcd already holds', async () => {
    const flags = [`--from=${manifests}`, '--cluster=nyc1', ...etcdFlags()];
    expect(await producer('diff', ...flags)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^--- \/dev\/null/),
    });
    expect(await producer('apply', ...flags)).toMatchObject({ code: 0 });
    const revision = await etcd.etcdctl('get', KEY, '-w', 'json');
    expect(await producer('apply', ...flags)).toMatchObject({ code: 0 });
    expect(await etcd.etcdctl('get', KEY, '-w', 'json')).toBe(revision);
    expect(await producer('diff', ...flags)).toMatchObject({ code: 0, stdout: '' });
    expect(await producer('view', `--from=${manifests}`)).toMatchObject({
      code: 0,
      stdout: await published(),
    });
    serve('web', 'shop');
    expect(await producer('diff', ...flags)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('+backend '),
    });
  });

  it.each([
    ['a node selector that matches nothing', ['--node-selector=role=edge'], 'no-nodes'],
    ['a namespace without Services', ['--namespace=shop'], 'no-services'],
    ['a label that no Service has', [], 'no-services'],
    ['a folder without Nodes', [], 'no-nodes'],
  ])('publish what serves nobody, and exit 1: %s', async (what, flags, code) => {
    if (what.includes('label')) serve();
    if (what.includes('folder')) serveWithoutNodes('web');
    const { code: exit, stderr } = await producer(
      'apply',
      `--from=${manifests}`,
      '--cluster=nyc1',
      ...flags,
      ...etcdFlags(),
    );
    expect({ exit, text: ours(await published()) }).toEqual({ exit: 1, text: true });
    expect(stderr).toContain(`"code":"${code}"`);
  });

  it('exit 1 on a failure and 2 on wrong use; diff exits 2 on both', async () => {
    const nowhere = '--etcd-host=http://127.0.0.1:1';
    expect(await producer('view', '--from=/nonexistent')).toMatchObject({ code: 1, stdout: '' });
    expect(await producer('view', '--no-such-flag')).toMatchObject({ code: 2, stdout: '' });
    expect(await producer('view', '--reserved-port=ssh')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--reserved-port'),
    });
    expect(await producer('apply', `--from=${manifests}`, '--cluster=nyc1', nowhere)).toMatchObject({
      code: 1,
    });
    expect(await producer('diff', `--from=${manifests}`, nowhere)).toMatchObject({ code: 2 });
    expect(await producer('diff', '--from=/nonexistent', ...etcdFlags())).toMatchObject({ code: 2 });
    writeFileSync(join(manifests, 'broken.yaml'), 'kind: Service\nmetadata:\n  name: 7\n');
    const broken = await producer('view', `--from=${manifests}`);
    expect(broken).toMatchObject({ code: 1, stdout: '' });
    expect(broken.stderr).toContain('broken.yaml, document 1, line 3: metadata.name must be a string');
  });

  it('print diagnostics on stderr and serve the rest', async () => {
    serve('web', '-bad-');
    const text = await producer('view', `--from=${manifests}`);
    expect(text.code).toBe(0);
    const json = await producer('view', `--from=${manifests}`, '-o', 'json');
    const diagnostics = JSON.parse(json.stderr) as { readonly code: string }[];
    expect(diagnostics.map(({ code }) => code)).toEqual(text.stderr.match(/(?<=\[)[a-z-]+(?=\]$)/gm));
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(text.stdout).toContain('web.example.com');
  });
});

describe('watch', () => {
  it('publishes changes of the manifests, and nothing while they are invalid', async () => {
    const running = await watch();
    await publishes('the first text', (text) => text.includes('web.example.com'));
    serve('web', 'shop');
    await publishes('the second Service', (text) => text.includes('shop.example.com'));
    writeFileSync(join(manifests, 'services.json'), '{"kind": "List", "items": [');
    await running.waitForLog(/manifests\.failed/);
    expect(await published()).toContain('shop.example.com');
    serve();
    // Nothing would be left: a guard holds it until an operator says so.
    await running.waitForLog(/removal\.held/);
    expect(await producer('held', ...etcdFlags())).toMatchObject({ code: 3 });
    expect(await published()).toContain('shop.example.com');
    expect(await producer('approve', ...etcdFlags())).toMatchObject({ code: 0 });
    await publishes('the header alone', (text) => text === `${CONFIG_HEADER}\n`);
  });

  it('publishes its text again if somebody else writes or deletes the key', async () => {
    const running = await watch();
    await publishes('the first text', ours);
    await etcd.etcdctl('put', KEY, 'frontend by-hand\n');
    await publishes('its own text', ours);
    await running.waitForLog(/foreign-text\.found/);
    await etcd.etcdctl('del', KEY);
    await publishes('its own text again', ours);
  });

  it('publishes again after etcd was stopped, wiped, and restored to an older text of ours', async () => {
    const running = await watch();
    await publishes('the first text', ours);
    const older = await published();
    await etcd.process().stop();
    await running.waitForLog(/"msg":"etcd\.lost"/);
    serve('web', 'shop');
    await running.waitForLog(/"msg":"pass\.failed"/);
    etcd.wipe();
    await etcd.start();
    await publishes('the change made meanwhile', (text) => text.includes('shop.example.com'));
    await etcd.etcdctl('put', KEY, older);
    await publishes('the newer text', (text) => text.includes('shop.example.com'));
  });

  it('starts while etcd is down, is ready without it, and publishes once etcd is up', async () => {
    await etcd.process().stop();
    const running = await watch();
    await running.waitForLog(/"msg":"pass\.failed"/);
    expect((await fetch(`${health}/readyz`)).status).toBe(200);
    await etcd.start();
    await publishes('the first text', ours);
  });

  it('makes a pass on SIGHUP, and stops within two seconds on SIGTERM', async () => {
    const running = await watch();
    await running.waitForLog(/pass\.completed/);
    running.signal('SIGHUP');
    await running.waitForLog(/"reason":"reload"/);
    const asked = performance.now();
    expect(await running.stop()).toEqual({ code: 0, signal: null });
    expect(performance.now() - asked).toBeLessThan(2_000);
  });
});
