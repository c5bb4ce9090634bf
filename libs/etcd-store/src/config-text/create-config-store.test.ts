import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import type { IRangeResponse } from 'etcd3';
import { createLogger, OperatorError } from '@kubefigurator/daemon';
import { afterEach, expect, it, vi } from 'vitest';
import type { Session } from '../connection/session.ts';
import { storeKey } from '../keys/store-keys.ts';
import type { ConfigStore } from './config-store.ts';
import { createConfigStore } from './create-config-store.ts';

/** A fake of etcd for orders of answers that a real one doesn't produce on demand. */
interface FakeEtcd {
  readonly store: ConfigStore;
  readonly texts: string[];
  /** The start revisions of the watches so far. */
  readonly watchedFrom: string[];
  /** How many reads wait for their answer. */
  readonly reads: () => number;
  /** Answers the oldest read with the key at that revision, or with a failure. */
  readonly answer: (revision: number, text: string) => void;
  readonly fail: () => void;
  /** The watch delivers a change. */
  readonly deliver: (revision: number, text: string) => void;
}

const key = storeKey('/fleet', 'config');
let stop = new AbortController();
const log = createLogger({
  level: 'error',
  format: 'json',
  stream: new Writable({ write: (_chunk, _encoding, done) => done() }),
  journal: false,
});
afterEach(() => {
  stop.abort();
  stop = new AbortController();
});

function fakeEtcd(): FakeEtcd {
  const waiting: { readonly resolve: (value: unknown) => void; readonly reject: (why: unknown) => void }[] =
    [];
  const [texts, watchedFrom]: [string[], string[]] = [[], []];
  let stream = new EventEmitter();
  const session: Session = {
    refresh: () => undefined,
    turnAway: () => undefined,
    generation: () => 0,
    close: () => undefined,
    explain: (thrown) => (thrown instanceof OperatorError ? thrown : new OperatorError(String(thrown))),
    call: <T>({ use }: { readonly use: string }): Promise<T> => {
      if (use === 'watch') return Promise.resolve((stream = fakeStream(watchedFrom)) as T);
      return new Promise((resolve, reject) => waiting.push({ resolve: resolve as () => void, reject }));
    },
  };
  const kvOf = (revision: number, text: string): unknown => ({
    key: key.first,
    create_revision: '1',
    mod_revision: String(revision),
    value: Buffer.from(text),
  });
  const store = createConfigStore({ session, key, log });
  void store.follow({
    signal: stop.signal,
    onReading: (reading) => texts.push(reading.kind === 'published' ? reading.published.text : reading.kind),
    onState: () => undefined,
  });
  return {
    store,
    texts,
    watchedFrom,
    reads: () => waiting.length,
    answer: (revision, text) =>
      waiting
        .shift()
        ?.resolve({ header: { revision: String(revision) }, kvs: [kvOf(revision, text)] } as IRangeResponse),
    fail: () => waiting.shift()?.reject(new OperatorError('no answer', { code: 'timeout' })),
    deliver: (revision, text) =>
      void stream.emit('data', {
        canceled: false,
        header: { revision: String(revision) },
        events: [{ type: 'Put', kv: kvOf(revision, text) }],
      }),
  };
}

function fakeStream(watchedFrom: string[]): EventEmitter {
  return Object.assign(new EventEmitter(), {
    cancel: () => undefined,
    write: ({ create_request: request }: { create_request?: { start_revision: string } }) =>
      request === undefined ? undefined : watchedFrom.push(request.start_revision),
  });
}

/** A follower that has listed the key at revision 10 and watches from there. */
async function following(): Promise<FakeEtcd> {
  const etcd = fakeEtcd();
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

it('rejects if etcd does not answer, and follows on', async () => {
  const etcd = await following();
  const refreshed = etcd.store.refresh();
  etcd.fail();
  await expect(refreshed).rejects.toThrow('no answer');
  etcd.deliver(12, 'twelve');
  expect(etcd.texts).toEqual(['ten', 'twelve']);
});
