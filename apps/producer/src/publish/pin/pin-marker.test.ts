import { expect, it } from 'vitest';
import { describePin, formatPinMarker, parsePinMarker, type PinMarker } from './pin-marker.ts';
import { describeDifference, lineDifference } from './line-difference.ts';
import { formatUnpublished, parseUnpublished } from './unpublished.ts';

const MARKER: PinMarker = {
  kind: 'pinned',
  text: { revision: '40', hash: 'a'.repeat(64) },
  before: { revision: '42', hash: 'b'.repeat(64) },
  signature: { by: 'ann@desk', at: '2026-01-02T03:04:05.000Z', reason: 'wrong' },
};

it('gives back what was written', () => {
  expect(parsePinMarker(formatPinMarker(MARKER))).toEqual(MARKER);
  const released: PinMarker = { ...MARKER, kind: 'unpinned', before: undefined };
  expect(parsePinMarker(formatPinMarker(released))).toEqual(released);
});

it.each([
  '',
  'by hand',
  '[]',
  'null',
  '{"state":"else"}',
  '{"state":"pinned","text":"x","before":{"revision":1}}',
])('pins, but no text that is known, if somebody wrote %j', (value) => {
  expect(parsePinMarker(value)).toMatchObject({ kind: 'pinned', text: undefined, before: undefined });
});

it.each([
  { revision: '../40', hash: 'a'.repeat(64) },
  { revision: '40', hash: 'A'.repeat(64) },
])('takes no text that no history has: %j', (text) =>
  expect(parsePinMarker(JSON.stringify({ text })).text).toBeUndefined(),
);

it('is described without control characters', () => {
  expect(describePin(MARKER)).toBe('pinned to revision 40 by ann@desk since 2026-01-02T03:04:05.000Z: wrong');
  const hostile = { by: 'a\u001b[2J', at: '\u202e', reason: 'x'.repeat(9000) };
  const text = describePin({ ...MARKER, signature: hostile });
  expect(text).not.toMatch(/\p{C}/u);
  expect(text.length).toBeLessThan(600);
});

it.each([
  ['a\nb\n', 'a\nb\n', 0, 0],
  ['a\nb\n', 'b\na\n', 0, 0],
  ['a\nb\n', 'a\nc\nc\n', 2, 1],
  ['', 'a\n', 1, 0],
  ['a\na\na\n', 'a\n', 0, 2],
])('counts the lines that come and go from %j to %j', (before, after, added, removed) => {
  expect(lineDifference(before, after)).toEqual({ added, removed });
});

it('tells the difference in a word', () => {
  expect(describeDifference({ added: 0, removed: 0 })).toBe('has the same lines');
  expect(describeDifference({ added: 3, removed: 1 })).toBe('differs: 3 lines come, 1 go');
});

it('reads only what a producer writes of its text', () => {
  const said = { marker: '44', added: 3, removed: 1 };
  expect(parseUnpublished(formatUnpublished(said))).toEqual(said);
  for (const text of [
    undefined,
    '',
    '[]',
    '{"marker":"44","added":-1,"removed":0}',
    '{"added":1,"removed":0}',
  ])
    expect(parseUnpublished(text)).toBeUndefined();
});
