import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeEtcd, type FakeEtcd } from '../testing/fake-etcd.ts';

let etcd: FakeEtcd;
let stop: AbortController;

/** A follower that has listed the key at revision 10, and whose watch has been created. */
beforeEach(async () => {
  vi.useFakeTimers();
  stop = new AbortController();
  etcd = fakeEtcd({ signal: stop.signal });
  await pass(0);
  etcd.answer(10, 'ten');
  await pass(0);
  etcd.create();
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

const pass = (seconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(seconds * 1_000);
const losses = (): (string | undefined)[] =>
  etcd.states.filter(({ connected }) => !connected).map(({ reason }) => reason);

describe('a watch that answers no progress request (by the fake)', () => {
  beforeEach(async () => {
    await pass(12);
    etcd.answer(10, 'ten', 11);
    await pass(8);
  });

  it('stays connected while reads show nothing new, also if other keys change', async () => {
    for (const storeRevision of [12, 12, 40]) {
      expect(etcd.reads()).toBe(1);
      etcd.answer(10, 'ten', storeRevision);
      await pass(10);
    }
    expect(losses()).toEqual([]);
    expect(etcd.progressRequests()).toBe(1);
    expect(etcd.watchedFrom).toEqual(['11']);
  });

  it('is opened again if it has swallowed a change', async () => {
    etcd.answer(12, 'twelve');
    await pass(2);
    expect(losses()).toEqual(['the watch has missed a change']);
    await pass(0.2);
    etcd.answer(12, 'twelve');
    await pass(0);
    expect(etcd.texts).toEqual(['ten', 'twelve']);
    expect(etcd.watchedFrom).toEqual(['11', '13']);
  });

  it('is opened again if it has swallowed a deletion', async () => {
    etcd.answer(12, undefined);
    await pass(2.2);
    etcd.answer(12, undefined);
    await pass(0);
    expect(etcd.texts).toEqual(['ten', 'missing']);
    expect(etcd.watchedFrom).toEqual(['11', '13']);
  });

  it('is opened again if etcd was restored to an older revision behind it', async () => {
    etcd.answer(4, 'four');
    await pass(0.2);
    expect(losses()).toEqual(['etcd went back to an older revision']);
    etcd.answer(4, 'four');
    await pass(0);
    expect(etcd.texts).toEqual(['ten', 'four']);
    expect(etcd.watchedFrom).toEqual(['11', '5']);
  });

  it('is left alone if the change arrives within 2 s after the read', async () => {
    etcd.answer(12, 'twelve');
    await pass(1.9);
    etcd.deliver(12, 'twelve');
    await pass(1);
    expect(etcd.texts).toEqual(['ten', 'twelve']);
    expect(losses()).toEqual([]);
  });

  it('is left alone if it was faster than the read', async () => {
    etcd.deliver(13, 'thirteen');
    etcd.answer(12, 'twelve');
    await pass(3);
    expect(etcd.texts).toEqual(['ten', 'thirteen']);
    expect(losses()).toEqual([]);
  });

  it('is lost as soon as a read fails', async () => {
    etcd.fail();
    await pass(0);
    expect(losses()).toEqual(['no answer']);
  });
});

it('a watch that answers progress requests costs no read until the second opinion', async () => {
  for (let beats = 0; beats < 5; beats += 1) {
    await pass(10);
    etcd.progress();
  }
  expect(etcd.progressRequests()).toBe(5);
  expect(etcd.reads()).toBe(0);
});

it('a watch that swallows its first change and answers nothing is lost after 15 s', async () => {
  await pass(12);
  etcd.answer(12, 'twelve');
  await pass(2.9);
  expect(losses()).toEqual([]);
  await pass(0.1);
  expect(losses()).toHaveLength(1);
  expect(losses()[0]).toContain('silent for 15 s');
});
