import { describe, expect, it } from 'vitest';
import { describeOtherOwner, judgeLead, judgePathOwnership } from './lead.ts';
import type { Cluster } from './owner/owner.ts';

const AT = '2026-01-02T03:04:05.678Z';
const held = (value: object): { revision: string; value: string } => ({
  revision: '9',
  value: JSON.stringify(value),
});
const NOTHING = { revision: '0', value: undefined };

describe('who leads', () => {
  it.each([
    ['a producer', held({ host: 'n', pid: 7, since: AT }), { state: 'leads', host: 'n', pid: 7, since: AT }],
    ['one that does not say who it is', held({}), { state: 'leads' }],
    ['nobody', NOTHING, { state: 'none' }],
    ['that is denied', undefined, undefined],
  ])('%s', (_what, leader, expected) => expect(judgeLead({ leader })).toEqual(expected));

  it('nobody, after one that was elected', () => {
    expect(judgeLead({ leader: NOTHING, record: { revision: '9', value: '{"elected":true}' } })).toEqual({
      state: 'missing',
    });
  });
});

describe('whose the path is', () => {
  it.each([
    ['nobody has it', NOTHING, undefined],
    ['nobody can read it', held({ cluster: '' }), undefined],
    ['a cluster took it first', held({ cluster: 'a', since: AT }), { cluster: 'a', since: AT }],
    [
      'it was given to a cluster',
      held({ cluster: '', uid: 'u-1', since: '2025-01-02T03:04:05Z', takenOver: { by: 'ann', at: AT } }),
      { cluster: '', uid: 'u-1', since: AT, by: 'ann' },
    ],
  ])('%s', (_what, owner, expected) => expect(judgePathOwnership({ owner })).toEqual(expected));

  it.each<[string, object, Cluster, string | undefined]>([
    ['another uid', { cluster: 'a', uid: 'u-1' }, { name: 'a', uid: 'u-2' }, 'cluster "a" (uid u-1)'],
    ['the same uid', { cluster: 'a', uid: 'u-1' }, { name: 'b', uid: 'u-1' }, undefined],
    [
      'another name, if no uid is known',
      { cluster: 'a', uid: 'u-1' },
      { name: 'b', uid: undefined },
      'cluster "a" (uid u-1)',
    ],
    ['no name and no uid', { cluster: 'a', uid: 'u-1' }, { name: '', uid: undefined }, undefined],
  ])('is another cluster or not by %s', (_what, owner, cluster, expected) => {
    expect(describeOtherOwner({ owner: held(owner) }, cluster)).toBe(expected);
  });
});
