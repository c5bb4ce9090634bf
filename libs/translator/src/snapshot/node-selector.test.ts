import { describe, expect, it } from 'vitest';
import { matchesNodeSelector, parseNodeSelector } from './node-selector.ts';

const LABELS = new Map([
  ['role', 'edge'],
  ['zone', 'a'],
  ['node.example.com/pool', 'front'],
  ['empty', ''],
]);

function matches(selector: string): boolean | string {
  const parsed = parseNodeSelector(selector);
  return parsed.ok ? matchesNodeSelector(parsed.value, LABELS) : parsed.reason;
}

describe('parseNodeSelector', () => {
  it.each([
    ['', true],
    ['role=edge', true],
    ['role==edge', true],
    ['role = edge', true],
    ['role=core', false],
    ['role!=core', true],
    ['absent!=core', true],
    ['absent=', false],
    ['empty=', true],
    ['zone in (a,b)', true],
    ['zone in ( b , c )', false],
    ['zone notin (b, c)', true],
    ['absent notin (x)', true],
    ['role', true],
    ['!role', false],
    ['! absent', true],
    ['node.example.com/pool=front,role=edge,zone in (a,b),!spot', true],
    ['role=edge,zone=b', false],
  ])('%s: %s', (selector, expected) => expect(matches(selector)).toBe(expected));

  it.each([
    '=',
    'a=b=c',
    'a in b',
    'a in (b',
    'a,,b',
    'a b',
    'role=edge,',
    'a>1',
    '(a)',
    'a=b c',
    'x'.repeat(5000),
  ])('%s is refused with a reason', (selector) =>
    expect(parseNodeSelector(selector)).toMatchObject({ ok: false, reason: expect.any(String) as string }),
  );
});
