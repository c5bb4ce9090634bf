import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ConfigStore } from '@kubefigurator/etcd-store';
import { follow, KEY, startLocalEtcd, storeAt, type Following, type LocalEtcd } from './local-etcd.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let etcd: LocalEtcd;
let proxy: TcpProxy;
let store: ConfigStore;
let following: Following | undefined;

beforeAll(async () => {
  etcd = await startLocalEtcd();
});
beforeEach(async () => {
  proxy = await startTcpProxy(etcd.url);
  store = storeAt(proxy.url);
  await etcd.etcdctl('put', KEY, 'a');
});
afterEach(async () => {
  await following?.stop();
  following = undefined;
  await store.close();
  await proxy.close();
});
afterAll(() => etcd.end());

async function startFollowing(): Promise<Following> {
  const started = (following = follow(store));
  await started.until('a');
  await started.untilConnected(true);
  return started;
}

it('never replaces what the watch delivered meanwhile by a late answer', async () => {
  const told = await startFollowing();
  const release = proxy.holdNextAnswer();
  const refreshing = store.refresh();
  await etcd.etcdctl('put', KEY, 'b');
  await told.until('b');
  release();
  await refreshing;
  expect(told.texts()).toEqual(['a', 'b']);
});

it('reports nothing if the key is as it was reported', async () => {
  const told = await startFollowing();
  await store.refresh();
  expect(told.texts()).toEqual(['a']);
});

it('reads although the watch is silent, and reports the change once', async () => {
  const told = await startFollowing();
  etcd.process().pause();
  const putting = etcd.etcdctl('put', KEY, 'b');
  etcd.process().resume();
  await putting;
  await store.refresh();
  expect(told.texts()).toEqual(['a', 'b']);
});

it('rejects with the reason if etcd cannot answer, and following goes on', async () => {
  const told = await startFollowing();
  etcd.process().pause();
  await expect(store.refresh()).rejects.toThrow(
    /can't read \/fleet\/config in etcd at .*: no answer in time/,
  );
  etcd.process().resume();
  await etcd.etcdctl('put', KEY, 'b');
  await told.until('b');
});

it('refuses to read for a follow that is not running', async () => {
  await expect(store.refresh()).rejects.toThrow('refresh needs a running follow');
  const told = await startFollowing();
  await told.stop();
  following = undefined;
  await expect(store.refresh()).rejects.toThrow('refresh needs a running follow');
});
