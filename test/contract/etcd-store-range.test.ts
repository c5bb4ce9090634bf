import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '@kubefigurator/daemon';
import {
  followEntries,
  openEtcdSession,
  storeRange,
  type EntriesReport,
  type Session,
} from '@kubefigurator/etcd-store';
import { waitFor, when } from '../support/sandbox/wait.ts';
import { KEY, startLocalEtcd, type LocalEtcd } from './local-etcd.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const HOSTS = storeRange(KEY, 'hosts');
const log = createLogger({ level: 'error', format: 'json', stream: process.stderr, journal: false });

let etcd: LocalEtcd;
let proxy: TcpProxy;
let session: Session;
let stop: AbortController;
let done: Promise<void> | undefined;
let reports: EntriesReport<string>[];
let connected: boolean;

beforeEach(async () => {
  etcd = await startLocalEtcd();
  proxy = await startTcpProxy(etcd.url);
  const none = { etcdCaFile: undefined, etcdClientCertFile: undefined, etcdClientKeyFile: undefined };
  const settings = { etcdHost: [proxy.url], etcdPath: KEY, ...none };
  session = openEtcdSession({
    settings: { ...settings, etcdUser: undefined, etcdPasswordFile: undefined, etcdProxy: undefined },
    log,
  });
  [stop, reports, connected] = [new AbortController(), [], false];
});
afterEach(async () => {
  stop.abort();
  await done;
  session.close();
  await proxy.close();
  await etcd.end();
});

const status = (host: string, value: string): Promise<string> =>
  etcd.etcdctl('put', `${KEY}/hosts/${host}`, value);
const forget = (host: string): Promise<string> => etcd.etcdctl('del', `${KEY}/hosts/${host}`);

/** The last reported state, as `host=value` pairs. */
function state(): string {
  const entries = reports.at(-1)?.entries ?? new Map<string, never>();
  return [...entries].map(([host, { value }]) => `${host}=${JSON.stringify(value)}`).join(' ');
}
const changes = (): string[] =>
  reports.map((report) => report.changes.map(({ kind, member }) => `${kind} ${member}`).join(', '));
const values = (...pairs: [string, string][]): string =>
  pairs.map(([host, value]) => `${host}=${JSON.stringify({ value })}`).join(' ');
const until = (expected: string, limitMs = 5_000): Promise<true> =>
  waitFor(`the state is "${expected}"`, () => when(state() === expected, state()), { limitMs, everyMs: 5 });

async function startFollowing(): Promise<void> {
  ({ done } = followEntries(
    { session, selection: HOSTS, log },
    {
      signal: stop.signal,
      onChange: (report) => reports.push(report),
      onState: (link) => (connected = link.connected),
    },
  ));
  await waitFor('the first report', () => when(reports.length > 0 && connected, ''), { everyMs: 5 });
}

it('reports an empty range, and then each key that is added, changed or deleted', async () => {
  await startFollowing();
  await status('lb-1', '1');
  await status('lb-2', '1');
  await status('lb-1', '2');
  await forget('lb-2');
  await until(values(['lb-1', '2']));
  expect(changes()).toEqual(['', 'put lb-1', 'put lb-2', 'put lb-1', 'deleted lb-2']);
});

it('reports no key outside its range', async () => {
  await status('lb-1', '1');
  await startFollowing();
  for (const key of [KEY, `${KEY}/alive/lb-1`, `${KEY}/hosts`, `${KEY}/hosts0`, `${KEY}-other/hosts/lb-1`])
    await etcd.etcdctl('put', key, '1');
  await status('lb-2', '1');
  await until(values(['lb-1', '1'], ['lb-2', '1']));
  expect(changes()).toEqual(['put lb-1', 'put lb-2']);
});

it('reports a deletion that was compacted while it was disconnected', async () => {
  await status('lb-1', '1');
  await status('lb-2', '1');
  await startFollowing();
  proxy.block();
  await waitFor('it is disconnected', () => when(!connected, state()));
  await forget('lb-1');
  await status('lb-3', '1');
  await status('lb-3', '2');
  const { header } = JSON.parse(await etcd.etcdctl('get', KEY, '-w', 'json')) as {
    header: { revision: number };
  };
  await etcd.etcdctl('compact', String(header.revision));
  expect(state()).toBe(values(['lb-1', '1'], ['lb-2', '1']));
  proxy.mend();
  await until(values(['lb-2', '1'], ['lb-3', '2']));
  await status('lb-4', '1');
  await until(values(['lb-2', '1'], ['lb-3', '2'], ['lb-4', '1']));
});

it('loses nothing if connections break, and reports nothing twice', async () => {
  await startFollowing();
  for (let round = 1; round <= 10; round += 1) {
    proxy.cut();
    await status(`lb-${String(round)}`, String(round));
  }
  await waitFor('ten hosts', () => when(reports.at(-1)?.entries.size === 10, state()));
  const put = changes().flatMap((list) => (list === '' ? [] : list.split(', ')));
  expect(put.sort()).toEqual(Array.from({ length: 10 }, (_, n) => `put lb-${String(n + 1)}`).sort());
});

it('reports hosts that a wiped etcd no longer has', async () => {
  for (const host of ['lb-1', 'lb-2']) await status(host, '1');
  await startFollowing();
  await etcd.process().kill();
  etcd.wipe();
  await etcd.start();
  await until('');
  expect(changes().at(-1)).toBe('deleted lb-1, deleted lb-2');
  await status('lb-1', '2');
  await until(values(['lb-1', '2']));
});

it('reports 200 hosts that all write at the same time', async () => {
  for (const round of ['1', '2']) {
    const puts = Array.from({ length: 200 }, (_, n) => `put ${KEY}/hosts/lb-${String(n)} ${round}`);
    if (round === '2') await startFollowing();
    await putAll(puts);
  }
  await waitFor('every host has the second value', () =>
    when(
      [...(reports.at(-1)?.entries.values() ?? [])].every(({ value }) => same(value, '2')),
      state(),
    ),
  );
  expect(reports.at(-1)?.entries.size).toBe(200);
});

const same = (value: object, text: string): boolean => 'value' in value && value.value === text;

/** Writes through etcd's JSON gateway, all keys at the same time. */
async function putAll(puts: readonly string[]): Promise<void> {
  await Promise.all(
    puts.map(async (line) => {
      const [, key = '', value = ''] = line.split(' ');
      const body = JSON.stringify({ key: btoa(key), value: btoa(value) });
      const { status: code } = await fetch(`${etcd.url}/v3/kv/put`, { method: 'POST', body });
      expect(code).toBe(200);
    }),
  );
}
