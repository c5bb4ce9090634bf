import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { runChecked } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { KEY, startLocalEtcd, type LocalEtcd } from './local-etcd.ts';

let etcd: LocalEtcd;
let manifests: string;

beforeEach(async () => {
  etcd = await startLocalEtcd();
  manifests = join(etcd.folder, 'manifests');
  mkdirSync(manifests);
});
afterEach(() => etcd.end());

/** Services that all want the same tcp bind, by their ages. */
async function apply(created: Readonly<Record<string, string>>): Promise<string> {
  const services = Object.entries(created).map(([name, creationTimestamp]) => {
    const options = { 'haproxy-mode': 'tcp', 'listen-port': '5432' };
    const service = serviceManifest({ name, nodePort: 31_000, options });
    return { ...service, metadata: { ...service.metadata, creationTimestamp } };
  });
  const items = [nodeManifest({ name: 'worker-a', address: '10.1.0.11' }), ...services];
  writeFileSync(join(manifests, 'all.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await runChecked([
    ...[process.execPath, bundlePath('producer'), 'apply', `--from=${manifests}`, '--cluster=nyc1'],
    ...[`--etcd-host=${etcd.url}`, `--etcd-path=${KEY}`],
  ]);
  return await etcd.etcdctl('get', '--print-value-only', KEY);
}

const YOUNG = { young: '2026-06-01T00:00:00Z' };
const BOTH = { ...YOUNG, old: '2026-01-01T00:00:00Z' };

it.each([
  ['a foreign text with our header', ['put', KEY, `${CONFIG_HEADER}\n`]],
  ['a text written by hand', ['put', KEY, '# by hand']],
  ['nothing', ['del', KEY]],
])('claims stand as the history has them if the key holds %s', async (_what, command) => {
  expect(await apply(YOUNG)).toContain('# service: default/young ');
  await etcd.etcdctl(...command);
  const text = await apply(BOTH);
  expect(text).toContain('backend k8s-service_default_young_web_backend');
  expect(text).not.toContain('backend k8s-service_default_old_web_backend');
});

it('age decides if there is no history either', async () => {
  await apply(YOUNG);
  await etcd.etcdctl('del', '--prefix', KEY);
  expect(await apply(BOTH)).toContain('backend k8s-service_default_old_web_backend');
});
