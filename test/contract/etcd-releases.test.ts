import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ConfigStore } from '@kubefigurator/etcd-store';
import { KEY, startLocalEtcd, storeAt, type LocalEtcd } from './local-etcd.ts';

let etcd: LocalEtcd;
let store: ConfigStore;
const put = (text: string): Promise<string> => etcd.etcdctl('put', KEY, text);

beforeEach(async () => {
  etcd = await startLocalEtcd();
  store = storeAt(etcd.url);
});
afterEach(async () => {
  await store.close();
  await etcd.end();
});

it('reports a conflict, and deletes no obeyed release, if somebody wrote the key meanwhile, even the same text', async () => {
  await put('ours');
  const seen = await store.read();
  await store.release('*:443');
  const obeyed = await store.readReleases();
  expect(obeyed).toHaveLength(1);
  await put('ours');
  const result = await store.publish('ours', seen, { releases: obeyed });
  expect(result).toMatchObject({ kind: 'conflict', current: { published: { text: 'ours' } } });
  expect(await store.readReleases()).toEqual(obeyed);
  if (result.kind !== 'conflict') return;
  expect(await store.publish('ours', result.current, { releases: obeyed })).toEqual({ kind: 'unchanged' });
  expect(await store.readReleases()).toEqual([]);
});

it('deletes an obeyed release although the answer of etcd is lost and the text is unchanged', async () => {
  await put('ours');
  const seen = await store.read();
  await store.release('*:443');
  const obeyed = await store.readReleases();
  etcd.process().pause();
  const publishing = store.publish('ours', seen, { releases: obeyed });
  setTimeout(() => etcd.process().resume(), 5_500);
  expect(await publishing).toEqual({ kind: 'unchanged' });
  expect(await store.readReleases()).toEqual([]);
});
