import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ConfigStore, type HeldEntry, PAUSE } from '@kubefigurator/etcd-store';
import { waitFor, when } from '../support/sandbox/wait.ts';
import { KEY, startLocalEtcd, storeAt, type LocalEtcd } from './local-etcd.ts';

let etcd: LocalEtcd;
let store: ConfigStore;

beforeEach(async () => {
  etcd = await startLocalEtcd();
  store = storeAt(etcd.url);
});
afterEach(async () => {
  await store.close();
  await etcd.end();
});

it('publishes nothing while publications are paused, also if the pause came after the key was read', async () => {
  const seen = await store.read();
  await store.writeHeld(PAUSE, '{"by":"ann"}');
  expect(await store.publish('a', seen)).toEqual({ kind: 'paused' });
  expect(await store.read()).toMatchObject({ kind: 'missing' });
  await store.writeHeld(PAUSE, undefined);
  expect(await store.publish('a', seen)).toMatchObject({ kind: 'published' });
});

it('deletes what is obeyed with the text, and keeps what isn’t', async () => {
  await store.writeHeld('approved-1', '{}');
  await store.writeHeld('now', '{}');
  const entries = await store.readHeld();
  const held = entries.filter(({ name }) => name === 'approved-1');
  expect(await store.publish('a', await store.read(), { held })).toMatchObject({ kind: 'published' });
  expect((await store.readHeld()).map(({ name }) => name)).toEqual(['now']);
});

it('tells who follows it of each change, and gives no value for what isn’t JSON', async () => {
  let seen: readonly HeldEntry[] | undefined;
  const stop = new AbortController();
  const following = store.follow({
    signal: stop.signal,
    onReading: () => undefined,
    onState: () => undefined,
    onHeld: (entries) => (seen = entries),
  });
  const sees = (...values: readonly string[]): Promise<true> =>
    waitFor('the entries are seen', () =>
      when(JSON.stringify(seen?.map(({ value }) => value)) === JSON.stringify(values), JSON.stringify(seen)),
    );
  await sees();
  await store.writeHeld(PAUSE, '{"by":"ann"}');
  await sees('{"by":"ann"}');
  await etcd.etcdctl('put', `${KEY}/held/${PAUSE}`, 'by hand');
  await sees('');
  await store.writeHeld(PAUSE, undefined);
  await sees();
  stop.abort();
  await following;
});
