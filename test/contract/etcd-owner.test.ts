import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ConfigStore, OwnerReading } from '@kubefigurator/etcd-store';
import { waitFor, when } from '../support/sandbox/wait.ts';
import { KEY, startLocalEtcd, storeAt, type LocalEtcd } from './local-etcd.ts';

let etcd: LocalEtcd;
let store: ConfigStore;
const NOBODY: OwnerReading = { revision: '0', value: undefined };

beforeEach(async () => {
  etcd = await startLocalEtcd();
  store = storeAt(etcd.url);
});
afterEach(async () => {
  await store.close();
  await etcd.end();
});

it('publishes only while the path belongs to whom the producer has seen', async () => {
  expect(await store.readOwner()).toEqual(NOBODY);
  const seen = await store.read();
  const put = '{"cluster":"nyc1"}';
  expect(await store.publish('a', seen, { owner: { seen: NOBODY, put } })).toMatchObject({
    kind: 'published',
  });
  const owner = await store.readOwner();
  expect(owner).toMatchObject({ value: put });
  const late = await store.publish('b', await store.read(), { owner: { seen: NOBODY, put } });
  expect(late).toEqual({ kind: 'disowned', owner });
  expect(await store.read()).toMatchObject({ published: { text: 'a' } });
});

it('writes the owner also with a text that etcd has already', async () => {
  await store.publish('a', await store.read());
  const result = await store.publish('a', await store.read(), {
    owner: { seen: NOBODY, put: '{"cluster":"x"}' },
  });
  expect(result).toEqual({ kind: 'unchanged' });
  expect(await store.readOwner()).toMatchObject({ value: '{"cluster":"x"}' });
});

it('gives the path to another cluster only if nobody else has done that meanwhile', async () => {
  expect(await store.writeOwner('{"cluster":"a"}', NOBODY)).toBe(true);
  expect(await store.writeOwner('{"cluster":"b"}', NOBODY)).toBe(false);
  expect(await store.readOwner()).toMatchObject({ value: '{"cluster":"a"}' });
});

it('tells who follows it of each owner, and gives an empty value for what isn’t JSON', async () => {
  const seen: (string | undefined)[] = [];
  const stop = new AbortController();
  const following = store.follow({
    signal: stop.signal,
    onReading: () => undefined,
    onState: () => undefined,
    onOwner: ({ value }) => seen.push(value),
  });
  const sees = (...values: readonly (string | undefined)[]): Promise<true> =>
    waitFor('the owners are seen', () =>
      when(JSON.stringify(seen) === JSON.stringify(values), JSON.stringify(seen)),
    );
  await sees(undefined);
  await store.writeOwner('{"cluster":"a"}', NOBODY);
  await sees(undefined, '{"cluster":"a"}');
  await etcd.etcdctl('put', `${KEY}/owner`, 'by hand');
  await sees(undefined, '{"cluster":"a"}', '');
  stop.abort();
  await following;
});

it('gives the path to nobody if a text was pinned since that was looked at', async () => {
  await store.writePin('{"state":"pinned"}', NOBODY);
  expect(await store.writeOwner('{"cluster":"a"}', NOBODY, NOBODY)).toBe(false);
  const pin = (await store.readPin()) ?? NOBODY;
  expect(await store.writeOwner('{"cluster":"a"}', NOBODY, pin)).toBe(true);
});
