import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceManifest } from '../support/kube/manifests.ts';
import { runCommand } from '../support/sandbox/processes.ts';
import type { CommandResult } from '../support/sandbox/processes.ts';
import { bundlePath, repositoryRoot } from '../support/sandbox/programs.ts';

/** A host needs only Node and one file, so the bundles run here without the checkout. */
describe('the bundles in an empty folder', () => {
  let folder: string;
  const run = (app: 'producer' | 'consumer', ...args: readonly string[]): Promise<CommandResult> =>
    runCommand([join(folder, `kubefigurator-${app}.cjs`), ...args], { cwd: folder });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kf-bundles-'));
    for (const app of ['producer', 'consumer'] as const) {
      copyFileSync(bundlePath(app), join(folder, `kubefigurator-${app}.cjs`));
    }
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(['producer', 'consumer'] as const)('%s: help, version, and usage errors', async (app) => {
    expect(await run(app, '--help')).toMatchObject({ code: 0, stderr: '' });
    expect((await run(app, '--version')).stdout).toMatch(/\d+\.\d+\.\d+/);
    expect(await run(app, 'watch', '--help')).toMatchObject({ code: 0, stderr: '' });
    const mistake = await run(app, 'watch', '--etcd-hots', 'http://127.0.0.1:2379');
    expect(mistake.code).toBe(2);
    expect(mistake.stderr).toContain('--etcd-host');
  });

  it('the producer shows the config of a manifest', async () => {
    mkdirSync(join(folder, 'manifests'));
    const manifest = serviceManifest({
      name: 'shop',
      nodePort: 30080,
      options: { hostname: 'shop.example.com' },
    });
    writeFileSync(join(folder, 'manifests', 'shop.yaml'), stringify(manifest, { version: '1.1' }));
    const { code, stdout } = await run('producer', 'view', '--from', 'manifests');
    expect(code).toBe(0);
    expect(stdout).toContain('backend k8s-service_default_shop_web_backend');
  });

  it('every example is valid: no diagnostic', async () => {
    const from = join(repositoryRoot, 'examples');
    const { code, stderr } = await run('producer', 'view', '--from', from, '--cluster', 'nyc1');
    const claims = 'claims: by the age of the Services, since no --etcd-host is given\n';
    expect({ code, stderr }).toEqual({ code: 0, stderr: claims });
  });

  it('the consumer loads its etcd client without any other file', async () => {
    const { code, stderr } = await run('consumer', 'diff', '--etcd-host', 'http://127.0.0.1:1');
    expect(code).toBe(2);
    expect(stderr).toContain('127.0.0.1:1');
    expect(stderr).not.toContain('node_modules');
  });
});
