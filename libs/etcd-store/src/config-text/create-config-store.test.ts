import { afterEach, expect, it, vi } from 'vitest';
import { fakeEtcd, type FakeEtcd } from '../testing/fake-etcd.ts';

let stop = new AbortController();
afterEach(() => {
  stop.abort();
  stop = new AbortController();
});

/** A follower that has listed the key at revision 10 and watches from there. */
async function following(): Promise<FakeEtcd> {
  const etcd = fakeEtcd({ signal: stop.signal });
  await vi.waitFor(() => expect(etcd.reads()).toBe(1));
  etcd.answer(10, 'ten');
  await vi.waitFor(() => expect(etcd.watchedFrom).toEqual(['11']));
  return etcd;
}

it('keeps a newer change of the watch if the answer to refresh comes late', async () => {
  const etcd = await following();
  const refreshed = etcd.store.refresh();
  etcd.deliver(12, 'twelve');
  etcd.answer(11, 'eleven');
  await refreshed;
  expect(etcd.texts).toEqual(['ten', 'twelve']);
});

it('takes an answer to refresh that is newer than what the watch delivered meanwhile, and no older event after it', async () => {
  const etcd = await following();
  const refreshed = etcd.store.refresh();
  etcd.deliver(11, 'eleven');
  etcd.answer(13, 'thirteen');
  await refreshed;
  etcd.deliver(12, 'twelve');
  etcd.deliver(14, 'fourteen');
  expect(etcd.texts).toEqual(['ten', 'eleven', 'thirteen', 'fourteen']);
});

it('takes an older answer from an etcd that was restored, and watches from there', async () => {
  const etcd = await following();
  const refreshed = etcd.store.refresh();
  etcd.answer(4, 'four');
  await refreshed;
  expect(etcd.texts).toEqual(['ten', 'four']);
  await vi.waitFor(() => expect(etcd.reads()).toBe(1));
  etcd.answer(5, 'five');
  await vi.waitFor(() => expect(etcd.watchedFrom).toEqual(['11', '6']));
});

it('asks again if the answer to refresh comes from the store before a restore', async () => {
  const etcd = await following();
  const first = etcd.store.refresh();
  const second = etcd.store.refresh();
  await vi.waitFor(() => expect(etcd.reads()).toBe(2));
  etcd.answer(4, 'four');
  await first;
  etcd.answer(20, 'twenty, before the restore');
  await vi.waitFor(() => expect(etcd.reads()).toBe(2));
  etcd.answer(5, 'five');
  etcd.answer(5, 'five');
  await second;
  expect(etcd.texts).toEqual(['ten', 'four', 'five']);
});

it('rejects a refresh if etcd does not answer, and goes on following', async () => {
  const etcd = await following();
  const refreshed = etcd.store.refresh();
  etcd.fail();
  await expect(refreshed).rejects.toThrow('no answer');
  etcd.deliver(12, 'twelve');
  expect(etcd.texts).toEqual(['ten', 'twelve']);
});
