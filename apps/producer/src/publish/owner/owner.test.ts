import { describe, expect, it } from 'vitest';
import { type Cluster, describeCluster, formatOwner, judgeOwner, type Owner, parseOwner } from './owner.ts';

const owner = (fields: Partial<Owner>): string =>
  formatOwner({ name: '', uid: undefined, takenOver: undefined, formerUid: undefined, ...fields });
const cluster = (name: string, uid?: string): Cluster => ({ name, uid });

it('gives a path without an owner to whoever publishes first', () => {
  expect(judgeOwner(undefined, cluster('a', 'u-1'))).toMatchObject({
    kind: 'ours',
    put: { name: 'a', uid: 'u-1' },
  });
});

describe('whose path it is', () => {
  it.each<[string, Partial<Owner>, Cluster, string]>([
    ['the same uid', { name: 'a', uid: 'u-1' }, cluster('a', 'u-1'), 'ours'],
    ['the same uid without a name', { uid: 'u-1' }, cluster('', 'u-1'), 'ours'],
    ['another uid under the same name', { name: 'a', uid: 'u-1' }, cluster('a', 'u-2'), 'theirs'],
    ['manifests of the same name', { name: 'a', uid: 'u-1' }, cluster('a'), 'ours'],
    ['manifests of another name', { name: 'a', uid: 'u-1' }, cluster('b'), 'theirs'],
    ['an API server after manifests of the same name', { name: 'a' }, cluster('a', 'u-1'), 'ours'],
    ['an API server after manifests of another name', { name: 'a' }, cluster('b', 'u-1'), 'theirs'],
    ['an API server without a name after manifests', { name: 'a' }, cluster('', 'u-1'), 'theirs'],
    [
      'a new cluster of the same name, taken over',
      { name: 'a', formerUid: 'u-1' },
      cluster('a', 'u-2'),
      'ours',
    ],
    ['the former cluster of the same name', { name: 'a', formerUid: 'u-1' }, cluster('a', 'u-1'), 'theirs'],
  ])('%s', (_what, fields, ours, kind) => {
    expect(judgeOwner(owner(fields), ours)).toMatchObject({ kind });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'nyc1'],
    ['no name', '{"uid":"u-1"}'],
    ['neither', '{"cluster":""}'],
    ['a name with an escape', '{"cluster":"\\u001b[2J"}'],
    ['null', 'null'],
  ])('is not known from %s', (_what, value) => {
    expect(judgeOwner(value, cluster('a', 'u-1'))).toEqual({ kind: 'unreadable' });
  });
});

it('writes nothing again that is known, adds a uid and a new name, and forgets the former uid', () => {
  const takenOver = { by: 'ann', at: 'now', reason: 'moved' };
  const put = (value: string, ours: Cluster): string | undefined => {
    const judged = judgeOwner(value, ours);
    return judged.kind === 'ours' && judged.put !== undefined ? formatOwner(judged.put) : undefined;
  };
  expect(put(owner({ name: 'a', uid: 'u-1' }), cluster('a', 'u-1'))).toBeUndefined();
  expect(put(owner({ name: 'a', uid: 'u-1' }), cluster('a'))).toBeUndefined();
  expect(put(owner({ name: 'a', uid: 'u-1' }), cluster('b', 'u-1'))).toBe(owner({ name: 'b', uid: 'u-1' }));
  expect(put(owner({ name: 'a', formerUid: 'u-1', takenOver }), cluster('a', 'u-2'))).toBe(
    owner({ name: 'a', uid: 'u-2', takenOver }),
  );
});

it('reads what it has written', () => {
  const all = { name: 'a', uid: 'u-1', formerUid: 'u-2', takenOver: { by: 'ann', at: 'now', reason: '' } };
  const first = { name: 'a', uid: undefined, formerUid: undefined, takenOver: undefined };
  const withTime = { ...first, since: '2026-01-02T03:04:05.678Z' };
  expect(parseOwner(formatOwner(withTime))).toEqual(withTime);
  expect(parseOwner(formatOwner({ ...first, since: 'soon \u001b[2J' }))).toEqual(first);
  expect(parseOwner(formatOwner(all))).toEqual(all);
});

it('names a cluster in words', () => {
  expect(describeCluster(cluster('a', 'u-1'))).toBe('cluster "a" (uid u-1)');
  expect(describeCluster(cluster('', 'u-1'))).toBe('a cluster without a name (uid u-1)');
  expect(describeCluster(cluster('a'))).toBe('cluster "a"');
});
