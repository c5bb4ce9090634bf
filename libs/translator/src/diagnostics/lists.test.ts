import { expect, it } from 'vitest';
import { cutList, formatCount } from './lists.ts';

it.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [22_840, '22,840'],
  [1_234_567, '1,234,567'],
])('%d is written as %s', (count, text) => expect(formatCount(count)).toBe(text));

it.each([
  [['a'], 'a'],
  [['a', 'b', 'c'], 'a, b, c'],
  [['a', 'b', 'c', 'd'], 'a, b, c and 1 more'],
  [Array.from({ length: 22_843 }, () => 'a'), 'a, a, a and 22,840 more'],
])('a list is cut after three items', (items, text) => expect(cutList(items)).toBe(text));
