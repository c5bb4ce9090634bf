import { expect, it } from 'vitest';
import { describeLeader, parseLeader } from './leader-key.ts';

it.each([
  ['{"host":"node-1","pid":7}', 'the producer on node-1 (process 7)'],
  ['{"host":"a\\u001b[2Jb","pid":7}', 'the producer on a??2Jb (process 7)'],
  ['nobody', 'a producer that does not say who it is'],
  ['{"host":"node-1"}', 'a producer that does not say who it is'],
])('names the leader that %s is', (value, words) => {
  expect(describeLeader(value)).toBe(words);
});

it.each([
  ['2026-01-02T03:04:05.678Z', { since: '2026-01-02T03:04:05.678Z' }],
  ['yesterday \u001b[2J', {}],
  [7, {}],
])('takes %j as the time since when it leads only if it is one', (since, expected) => {
  expect(parseLeader(JSON.stringify({ host: 'node-1', pid: 7, since }))).toEqual({
    ...{ host: 'node-1', pid: 7 },
    ...expected,
  });
});
