import { expect, it } from 'vitest';
import { readingHoldsText, revisionSeen, sameReading } from './reading.ts';
import type { Reading } from './config-store.ts';

const text = (revision: string, content: string): Reading => ({
  kind: 'published',
  published: { revision, text: content, bytes: content.length },
});
const missing: Reading = { kind: 'missing', key: '/key', atRevision: '9' };
const unreadable: Reading = { kind: 'unreadable', revision: '3', reason: "the value isn't UTF-8 text" };

it('a reading is the same only if revision and content are the same', () => {
  expect(sameReading(missing, { kind: 'missing', key: '/key', atRevision: '12' })).toBe(true);
  expect(sameReading(text('3', 'a'), text('3', 'a'))).toBe(true);
  expect(sameReading(text('3', 'a'), text('4', 'a'))).toBe(false);
  expect(sameReading(text('3', 'a'), text('3', 'b'))).toBe(false);
  expect(sameReading(text('3', ''), missing)).toBe(false);
  expect(sameReading(unreadable, { ...unreadable })).toBe(true);
  expect(sameReading(unreadable, { ...unreadable, revision: '4' })).toBe(false);
});

it('a reading gives the revision that a transaction compares with', () => {
  expect([missing, unreadable, text('7', 'a')].map(revisionSeen)).toEqual(['0', '3', '7']);
});

it('a reading holds only its own text, and a missing key not even an empty one', () => {
  expect([
    readingHoldsText(text('7', 'a'), 'a'),
    readingHoldsText(text('7', 'a'), 'b'),
    readingHoldsText(missing, ''),
  ]).toEqual([true, false, false]);
});
