import { expect, it } from 'vitest';
import { describeLeader, isOlder } from './leadership.ts';

it.each([
  ['one list that is older', { services: '9', nodes: '12' }, { services: '10', nodes: '12' }, true],
  ['lists that are as new or newer', { services: '10', nodes: '13' }, { services: '10', nodes: '12' }, false],
  ['numbers that no double can hold', { nodes: '9007199254740992' }, { nodes: '9007199254740993' }, true],
  ['lists of another selection of namespaces', { 'services of shop': '1' }, { services: '10' }, false],
  ['versions that are no numbers', { nodes: 'a' }, { nodes: '10' }, false],
  ['nothing', {}, { nodes: '10' }, false],
])('finds what is older than the last publication: %s', (_what, versions, than, older) => {
  expect(isOlder(versions, than)).toBe(older);
});

it.each([
  ['{"host":"node-1","pid":7}', 'the producer on node-1 (process 7)'],
  ['{"host":"a\\u001b[2Jb","pid":7}', 'the producer on a??2Jb (process 7)'],
  ['nobody', 'a producer that does not say who it is'],
  ['{"host":"node-1"}', 'a producer that does not say who it is'],
])('names the leader that %s is', (value, words) => {
  expect(describeLeader(value)).toBe(words);
});
