import { expect, it } from 'vitest';
import type { Entry } from '../keys/entry.ts';
import { createHostsBoard } from './hosts-board.ts';

function entry(text: string): Entry<string> {
  return { revision: '2', createRevision: '1', bytes: text.length, value: { value: text } };
}

it('knows no host before both the statuses and the presences were read', () => {
  const board = createHostsBoard();
  expect(board.hosts()).toBeUndefined();
  board.setPresent(['lb-1']);
  expect(board.hosts()).toBeUndefined();
  board.setStatuses(new Map());
  expect(board.hosts()).toEqual([{ host: 'lb-1', status: undefined, isAlive: true }]);
});

it('names every host once, in the order of the names, and parses a status once', () => {
  const board = createHostsBoard();
  const [first, second] = [entry('x'), entry('{"version":2}')];
  board.setPresent(['lb-3', 'lb-2']);
  board.setStatuses(
    new Map([
      ['lb-2', first],
      ['lb-1', second],
    ]),
  );
  const before = board.hosts() ?? [];
  expect(before.map(({ host, isAlive }) => [host, isAlive])).toEqual([
    ['lb-1', false],
    ['lb-2', true],
    ['lb-3', true],
  ]);
  board.setStatuses(new Map([['lb-2', first]]));
  expect(board.hosts()?.[0]?.status).toBe(before[1]?.status);
});
