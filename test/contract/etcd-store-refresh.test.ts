import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ConfigStore } from '@kubefigurator/etcd-store';
import { waitFor, when } from '../support/sandbox/wait.ts';
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

/** Follows over two connections: the oldest one is for reads, the newest one for the watch. */
async function startFollowing(): Promise<Following> {
  const started = (following = follow(store));
  await started.until('a');
  await started.untilConnected(true);
  return started;
}

it('never replaces a newer text from the watch by a late answer', async () => {
  const received = await startFollowing();
  const reads = proxy.hold('oldest');
  const refreshing = store.refresh();
  await waitFor('etcd answers the read', () => when(reads.received().includes(KEY), reads.received()));
  await etcd.etcdctl('put', KEY, 'b');
  await received.until('b');
  reads.release();
  await refreshing;
  expect(received.texts()).toEqual(['a', 'b']);
});

it('reports nothing if the key is unchanged', async () => {
  const received = await startFollowing();
  await store.refresh();
  expect(received.texts()).toEqual(['a']);
});

it('reads although the watch is silent, and reports the change once', async () => {
  const received = await startFollowing();
  const watch = proxy.hold('newest');
  await etcd.etcdctl('put', KEY, 'b');
  await waitFor('etcd sends the event', () => when(watch.received().includes(KEY), watch.received()));
  await store.refresh();
  expect(received.texts()).toEqual(['a', 'b']);
  watch.release();
  await etcd.etcdctl('put', KEY, 'c');
  await received.until('c');
  expect(received.texts()).toEqual(['a', 'b', 'c']);
});

it('rejects with the reason if etcd does not answer, and the follow continues', async () => {
  const received = await startFollowing();
  etcd.process().pause();
  await expect(store.refresh())
    .rejects.toThrow(/can't read "\/fleet\/config" in etcd at .*: no answer in time/)
    .finally(() => etcd.process().resume());
  await etcd.etcdctl('put', KEY, 'b');
  await received.until('b');
});

it('refuses to read if no follow is running', async () => {
  await expect(store.refresh()).rejects.toThrow('refresh needs a running follow');
  const received = await startFollowing();
  await received.stop();
  following = undefined;
  await expect(store.refresh()).rejects.toThrow('refresh needs a running follow');
});
