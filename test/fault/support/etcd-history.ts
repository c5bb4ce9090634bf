import { DEFAULT_ETCD_PATH, etcdKeyAt } from '@kubefigurator/config-model';
import { startProcess } from '../../support/sandbox/processes.ts';
import { programPath } from '../../support/sandbox/programs.ts';
import { waitFor } from '../../support/sandbox/wait.ts';

/** One change of a key, as etcd remembers it; the value is undefined if the key was deleted. */
export interface Change {
  readonly key: string;
  readonly revision: number;
  readonly value: string | undefined;
}

interface WatchEvent {
  readonly kv: { readonly key: string; readonly mod_revision: number; readonly value?: string };
}

/** Everything that happened to the keys of one path since a revision, in etcd's order. */
export async function readHistory(
  etcdUrl: string,
  { since, until, logs }: { readonly since: number; readonly until: number; readonly logs: string },
): Promise<readonly Change[]> {
  const watch = startProcess({
    name: 'history',
    command: [
      ...[programPath('etcdctl'), '--endpoints', etcdUrl, 'watch', DEFAULT_ETCD_PATH, '--prefix'],
      ...[`--rev=${String(since)}`, '-w', 'json'],
    ],
    env: { ETCDCTL_API: '3' },
    logs,
  });
  const read = (): readonly Change[] =>
    watch
      .log()
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .flatMap((line) => (JSON.parse(line) as { Events?: readonly WatchEvent[] }).Events ?? [])
      .map(({ kv }) => ({
        key: Buffer.from(kv.key, 'base64').toString(),
        revision: kv.mod_revision,
        // etcdctl leaves the value of a deletion out; no key of ours is empty.
        value: kv.value === undefined ? undefined : Buffer.from(kv.value, 'base64').toString(),
      }));
  try {
    return await waitFor('the whole history', () => {
      const changes = read();
      return (changes.at(-1)?.revision ?? 0) >= until ? { done: changes } : { pending: watch.tail(2) };
    });
  } finally {
    await watch.kill();
  }
}

/** Each text that was written while somebody else led, or nobody. */
export function foreignWrites(history: readonly Change[]): readonly string[] {
  const [config, leader, published] = (['config', 'leader', 'published'] as const).map((name) =>
    etcdKeyAt(DEFAULT_ETCD_PATH, name),
  );
  const texts = new Set(history.filter(({ key }) => key === config).map(({ revision }) => revision));
  let leads: string | undefined;
  return history.flatMap(({ key, revision, value }) => {
    if (key === leader) leads = value === undefined ? undefined : idIn(value, 'id');
    if (key !== published || !texts.has(revision)) return [];
    const by = idIn(value ?? '', 'by');
    return by === leads ? [] : [`revision ${String(revision)}: ${by} wrote, ${String(leads)} led`];
  });
}

/** Each publication from a list that is older than one of a publication before. */
export function listsThatWentBack(history: readonly Change[]): readonly string[] {
  const newest = new Map<string, bigint>();
  return history
    .filter(({ key }) => key === etcdKeyAt(DEFAULT_ETCD_PATH, 'published'))
    .flatMap(({ revision, value }) => {
      const { lists = {} } = JSON.parse(value ?? '{}') as { lists?: Readonly<Record<string, string>> };
      return Object.entries(lists).flatMap(([list, version]) => {
        const before = newest.get(list) ?? 0n;
        newest.set(list, BigInt(version));
        return BigInt(version) < before ? [`revision ${String(revision)}: ${list} ${version}`] : [];
      });
    });
}

function idIn(value: string, field: 'id' | 'by'): string {
  return String((JSON.parse(value) as Readonly<Record<string, unknown>>)[field]);
}
