import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundlePath } from '../support/sandbox/programs.ts';
import { nodeManifest } from '../support/kube/manifests.ts';
import { type CommandResult, runCommand } from '../support/sandbox/processes.ts';
import { KEY, type LocalEtcd, startLocalEtcd } from './local-etcd.ts';

let etcd: LocalEtcd;

beforeAll(async () => {
  etcd = await startLocalEtcd();
});
afterAll(async () => {
  await etcd.end();
});

interface Asked {
  readonly namespace?: string;
  readonly name: string;
  readonly hosts: readonly string[];
}

function apply(services: readonly Asked[], key = KEY): Promise<CommandResult> {
  const items = services.map(({ namespace = 'default', name, hosts }) => ({
    kind: 'Service',
    metadata: {
      ...{ namespace, name },
      labels: { 'haproxy-kubefigurator.enabled': 'yes' },
      annotations: { 'haproxy-kubefigurator.hostname': hosts.join(',') },
    },
    spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30080 }] },
  }));
  const file = join(etcd.folder, 'services.json');
  const node = nodeManifest({ name: 'worker-a', address: '10.1.0.11' });
  writeFileSync(file, JSON.stringify({ kind: 'List', items: [node, ...items] }));
  const flags = [
    `--from=${file}`,
    '--cluster=nyc1',
    `--etcd-host=${etcd.url}`,
    `--etcd-path=${key}`,
    '--log-format=json',
  ];
  return runCommand([process.execPath, bundlePath('producer'), 'apply', ...flags]);
}

/** Host names that gzip can't make much smaller. */
function randomNames(count: number, seed: number): string[] {
  let state = seed;
  const letter = (): string => {
    state = (state * 48_271) % 2_147_483_647;
    return (state % 36).toString(36);
  };
  return Array.from({ length: count }, () => `${Array.from({ length: 60 }, letter).join('')}.test`);
}

/** A search for what fits compresses megabytes many times. */
const LIMIT = { timeout: 180_000 };

it(
  'new Services that are too large for etcd take nothing from those that are published or small',
  LIMIT,
  async () => {
    const web = { name: 'web', hosts: ['web.example.com'] };
    expect(await apply([web])).toMatchObject({ code: 0 });
    const large = Array.from({ length: 60 }, (_, index) => ({
      name: `large-${String(index)}`,
      hosts: randomNames(900 + index, index + 1),
    }));
    const small = { name: 'a-small', hosts: ['small.example.com'] };
    const { code, stderr } = await apply([web, ...large, small]);
    expect({ code, failed: /publication\.failed/.test(stderr) }).toEqual({ code: 0, failed: false });
    const leftOut = [...stderr.matchAll(/"code":"no-room".*?"subject":"Service default\/([\w-]+)"/g)];
    const names = leftOut.map(([, name = '']) => name);
    expect(names).toContain('large-59');
    expect(names).not.toContain('large-0');
    expect(names).not.toContain('a-small');
    expect(names).not.toContain('web');
    const again = await apply([web, ...large, small]);
    expect(again.stderr).toContain('"result":"unchanged"');
  },
);

it(
  'a namespace can fill half of the room, and two leave some: new Services of others come in',
  LIMIT,
  async () => {
    const key = `${KEY}-shared`;
    const web = { namespace: 'honest', name: 'web', hosts: ['web.example.com'] };
    expect(await apply([web], key)).toMatchObject({ code: 0 });
    const evil = ['evil', 'wicked'].flatMap((namespace, seed) =>
      Array.from({ length: 40 }, (_, index) => ({
        ...{ namespace, name: `large-${String(index)}` },
        hosts: randomNames(900, 1 + index + 1000 * seed),
      })),
    );
    const bytesOf = ({ stderr }: CommandResult): number => Number(/"bytes":(\d+)/.exec(stderr)?.[1]);
    const alone = await apply([web, ...evil.slice(0, 40)], key);
    expect(alone.stderr).toContain(
      'the Services of namespace evil would take more than 50 % of the 1,468,006 bytes',
    );
    // It fits without gzip, and takes half of the room with it.
    const { length } = gzipSync(await etcd.etcdctl('get', key, '--print-value-only'));
    expect(length).toBeLessThanOrEqual(0.5 * 1_468_006);
    expect(length).toBeGreaterThan(0.45 * 1_468_006);
    const both = await apply([web, ...evil], key);
    expect(bytesOf(both)).toBeLessThanOrEqual(0.9 * 1_468_006);
    expect(bytesOf(both)).toBeGreaterThan(0.85 * 1_468_006);
    // There are many that wait, and the smallest of an honest namespace comes before them.
    const shop = { namespace: 'honest', name: 'shop', hosts: ['shop.example.com'] };
    const { code, stderr } = await apply([web, shop, ...evil], key);
    expect({ code, result: /"result":"(\w+)"/.exec(stderr)?.[1] }).toEqual({ code: 0, result: 'published' });
    expect(stderr).not.toContain('"subject":"Service honest/shop"');
  },
);
