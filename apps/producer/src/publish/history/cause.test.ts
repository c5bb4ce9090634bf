import { expect, it } from 'vitest';
import type { ClusterSnapshot, NodeRecord } from '@kubefigurator/translator';
import { causeOfChange, describeCause, joinCauses, MOST_OBJECTS, type ObjectChange } from './cause.ts';

function node(name: string, more: Partial<NodeRecord> = {}): NodeRecord {
  return { name, labels: new Map(), addresses: [], taints: [], deleting: false, ...more };
}

function snapshotOf(...nodes: readonly NodeRecord[]): ClusterSnapshot {
  return { services: [], nodes };
}

function changeOf(name: string, change: ObjectChange['change']): ObjectChange {
  return { kind: 'Node', name, change };
}

it('names what came, went and changed, and not what was only read again', () => {
  const same = node('same');
  const before = snapshotOf(same, node('gone'), node('other'), node('again'));
  const after = snapshotOf(same, node('again'), node('other', { deleting: true }), node('new'));
  expect(causeOfChange(before, after)).toEqual({
    objects: [changeOf('gone', 'removed'), changeOf('new', 'added'), changeOf('other', 'changed')],
    more: 0,
  });
});

it('is nothing between equal snapshots', () => {
  expect(causeOfChange(snapshotOf(node('a')), snapshotOf(node('a')))).toEqual({ objects: [], more: 0 });
});

it('is cut, with a count of the rest', () => {
  const many = Array.from({ length: MOST_OBJECTS + 7 }, (_each, index) => node(`n-${String(index)}`));
  const { objects, more } = causeOfChange(snapshotOf(), snapshotOf(...many));
  expect([objects.length, more]).toEqual([MOST_OBJECTS, 7]);
});

it.each<[string, ObjectChange['change'], ObjectChange['change'], ObjectChange['change'] | undefined]>([
  ['came and changed', 'added', 'changed', 'added'],
  ['came and went', 'added', 'removed', undefined],
  ['changed and went', 'changed', 'removed', 'removed'],
  ['went and came', 'removed', 'added', 'changed'],
  ['changed twice', 'changed', 'changed', 'changed'],
])('joins an object that %s', (_what, first, second, joined) => {
  const cause = joinCauses(
    { objects: [changeOf('a', first)], more: 1 },
    { objects: [changeOf('a', second)], more: 2 },
  );
  expect(cause).toEqual({ objects: joined === undefined ? [] : [changeOf('a', joined)], more: 3 });
});

it('is told to people with the rest as a number', () => {
  const objects = ['a', 'b', 'c'].map((name) => changeOf(name, 'added'));
  expect(describeCause({ objects, more: 4 }, 2)).toBe('Node a added; Node b added; +5 more');
  expect(describeCause({ objects: [], more: 0 }, 2)).toBe('');
});
