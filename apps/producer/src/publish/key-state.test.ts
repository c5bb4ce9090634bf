import type { Reading } from '@kubefigurator/etcd-store';
import { describe, expect, it } from 'vitest';
import {
  describeReading,
  isForeignReading,
  type KeyState,
  noticeReading,
  rememberPublishedText,
  UNKNOWN_KEY,
} from './key-state.ts';

const published = (revision: string, text: string): Extract<Reading, { kind: 'published' }> => ({
  kind: 'published',
  published: { revision, text, bytes: text.length },
});
const MISSING: Reading = { kind: 'missing', key: '/key', atRevision: '9' };
const UNREADABLE: Reading = { kind: 'unreadable', revision: '9', reason: 'not UTF-8' };

/** We wrote `old` at revision 7 and `new` at revision 8. */
const WROTE: KeyState = ['old', 'new'].reduce(
  (state, text, index) =>
    rememberPublishedText({ ...state, wanted: text }, published(String(7 + index), text).published),
  UNKNOWN_KEY,
);

describe('a reading that the watch brings', () => {
  it.each([
    ['our text', published('8', 'new'), { read: false, restore: false }],
    ['our text, written again by another writer', published('9', 'new'), { read: false, restore: false }],
    ['an older text of ours', published('7', 'old'), { read: true, restore: true }],
    ['an older text at a revision that it never had', published('9', 'old'), { read: false, restore: true }],
    ['another text at a revision of ours', published('7', 'foreign'), { read: false, restore: true }],
    ['another text', published('9', 'foreign'), { read: false, restore: true }],
    ['a missing key', MISSING, { read: false, restore: true }],
    ['a value that isn’t text', UNREADABLE, { read: false, restore: true }],
  ])('%s', (_what, reading, { read, restore }) => {
    const { state, mustRestore } = noticeReading(WROTE, reading);
    expect(mustRestore).toBe(restore);
    expect(state.seen).toBe(read ? undefined : reading);
  });

  it('never makes us restore a text before the first publication', () => {
    for (const reading of [MISSING, UNREADABLE, published('9', 'foreign')])
      expect(noticeReading(UNKNOWN_KEY, reading)).toMatchObject({
        mustRestore: false,
        state: { seen: reading },
      });
  });
});

it('remembers the newest 64 revisions', () => {
  let state = UNKNOWN_KEY;
  for (let revision = 1; revision <= 65; revision += 1)
    state = rememberPublishedText(state, published(String(revision), 'text').published);
  expect(state.written.size).toBe(64);
  expect(isForeignReading(state, published('1', 'text'))).toBe(true);
  expect(isForeignReading(state, published('2', 'text'))).toBe(false);
});

it.each([
  [published('9', 'x'), 'a text of another writer at revision 9'],
  [MISSING, 'nothing'],
  [UNREADABLE, "a value that isn't text at revision 9 (not UTF-8)"],
])('names what the key holds: %j', (reading, text) => expect(describeReading(reading)).toBe(text));
