import type { IEvent, IKeyValue, IRangeResponse } from 'etcd3';
import { describe, expect, it } from 'vitest';
import { storeKey, storeRange } from '../keys/store-keys.ts';
import { createTracker, type Tracker } from './tracker.ts';
import type { WatchMessage } from './watch-stream.ts';

const key = storeKey('/fleet', 'config');
const kv = (revision: number, text: string): IKeyValue => ({
  key: key.first,
  create_revision: '1',
  mod_revision: String(revision),
  version: '1',
  value: Buffer.from(text),
  lease: '0',
});
const listing = (revision: number, ...kvs: IKeyValue[]): IRangeResponse =>
  ({ header: { revision: String(revision) }, kvs }) as unknown as IRangeResponse;
const message = (...kvs: IKeyValue[]): WatchMessage => ({
  events: kvs.map((of): IEvent => ({ type: 'Put', kv: of, prev_kv: of })),
  revision: '999',
});

/** A tracker and the texts that it reports; `-` if there is none. */
function track(): { readonly tracker: Tracker; readonly reported: string[] } {
  const reported: string[] = [];
  const tracker = createTracker(key, ({ entries }) => {
    const value = entries.get(key.name)?.value;
    reported.push(value === undefined ? '-' : JSON.stringify(value));
  });
  return { tracker, reported };
}
const text = (value: string): string => JSON.stringify({ value });

it('reports the first listing even if it is empty, and each state once', () => {
  const { tracker, reported } = track();
  for (const revision of [3, 5]) tracker.list(tracker.position(), listing(revision));
  for (const revision of [8, 9]) tracker.list(tracker.position(), listing(revision, kv(6, 'a')));
  expect(reported).toEqual(['-', text('a')]);
});

it('drops an answer that the watch has overtaken', () => {
  const { tracker, reported } = track();
  tracker.list(tracker.position(), listing(3, kv(3, 'a')));
  const asked = tracker.position();
  tracker.apply(message(kv(5, 'c')));
  expect(tracker.list(asked, listing(4, kv(4, 'b')))).toBe('outdated');
  expect(reported).toEqual([text('a'), text('c')]);
});

it('drops events that a listing has shown already', () => {
  const { tracker, reported } = track();
  tracker.list(tracker.position(), listing(3, kv(3, 'a')));
  const asked = tracker.position();
  tracker.apply(message(kv(4, 'b')));
  expect(tracker.list(asked, listing(6, kv(6, 'd')))).toBe('current');
  tracker.apply(message(kv(5, 'c')));
  tracker.apply(message(kv(6, 'd')));
  tracker.apply(message(kv(7, 'e')));
  expect(reported).toEqual([text('a'), text('b'), text('d'), text('e')]);
});

it('takes no more from the header of a message than its events, since more may be on their way', () => {
  const { tracker, reported } = track();
  tracker.list(tracker.position(), listing(3, kv(3, 'a')));
  tracker.apply(message(kv(4, 'b')));
  tracker.apply(message(kv(5, 'c')));
  expect(reported).toEqual([text('a'), text('b'), text('c')]);
});

it('follows a store that went back, and drops an answer of the store before', () => {
  const { tracker, reported } = track();
  tracker.list(tracker.position(), listing(900, kv(900, 'a')));
  const asked = tracker.position();
  expect(tracker.list(tracker.position(), listing(5, kv(5, 'old')))).toBe('restored');
  expect(tracker.list(asked, listing(950, kv(950, 'late')))).toBe('incomparable');
  tracker.apply(message(kv(6, 'new')));
  expect(reported).toEqual([text('a'), text('old'), text('new')]);
});

describe('a listing without values', () => {
  const shown = (revision: number, ...revisions: number[]): IRangeResponse =>
    listing(revision, ...revisions.map((of) => kv(of, '')));
  it.each([
    ['shows what is known', shown(5, 4), 'current'],
    ['shows it at a later revision of the store', shown(9, 4), 'current'],
    ['shows a change that the watch has not delivered', shown(9, 8), 'missed'],
    ['shows that the key is gone', shown(9), 'missed'],
    ['shows a store that went back', shown(3, 3), 'restored'],
  ] as const)('that %s', (_what, response, comparison) => {
    const { tracker, reported } = track();
    tracker.list(tracker.position(), listing(5, kv(4, 'a')));
    expect(tracker.compare(tracker.position(), response)).toBe(comparison);
    expect(reported).toEqual([text('a')]);
  });

  it('proves nothing once the watch has delivered more', () => {
    const { tracker } = track();
    tracker.list(tracker.position(), listing(5, kv(4, 'a')));
    const asked = tracker.position();
    expect(tracker.compare(asked, shown(8, 8))).toBe('missed');
    tracker.apply(message(kv(9, 'c')));
    expect(tracker.compare(asked, shown(8, 8))).toBe('outdated');
  });
});

it('goes on with the entries that it reported if a listing shows equal ones', () => {
  const range = storeRange('/fleet', 'releases');
  const member = (name: string, revision: number): IKeyValue => ({
    ...kv(revision, '{}'),
    key: Buffer.concat([range.first, Buffer.from(name)]),
  });
  const reported: unknown[] = [];
  const tracker = createTracker(range, ({ entries }) => void reported.push(entries.get('a')));
  for (const revision of [3, 4]) tracker.list(tracker.position(), listing(revision, member('a', 3)));
  tracker.apply(message(member('b', 5)));
  expect(reported).toHaveLength(2);
  expect(reported[1]).toBe(reported[0]);
});
