import type { IEvent, IKeyValue } from 'etcd3';
import { describe, expect, it } from 'vitest';
import { storeRange } from '../keys/store-keys.ts';
import { applyWatchEvents, entryChanges, decodeEntries, sameRevisions, type Entries } from './changes.ts';

const hosts = storeRange('/fleet', 'hosts');
const kv = (member: string, revision: number, value = '{}'): IKeyValue => ({
  key: Buffer.from(`/fleet/hosts/${member}`),
  create_revision: '1',
  mod_revision: String(revision),
  version: '1',
  value: Buffer.from(value),
  lease: '0',
});
const event = (type: 'Put' | 'Delete', of: IKeyValue): IEvent => ({ type, kv: of, prev_kv: of });
const before = decodeEntries(hosts, [kv('a', 3), kv('b', 4)]);
const summary = (after: Entries<string>): string[] =>
  entryChanges(before, after).map(({ kind, member }) => `${kind} ${member}`);

describe('changes of a range', () => {
  it('are none if a listing shows the same', () => {
    expect(summary(decodeEntries(hosts, [kv('b', 4), kv('a', 3)]))).toEqual([]);
  });

  it('include keys that a listing no longer shows', () => {
    expect(summary(decodeEntries(hosts, [kv('b', 5), kv('c', 6)]))).toEqual(['deleted a', 'put b', 'put c']);
    expect(summary(new Map())).toEqual(['deleted a', 'deleted b']);
  });

  it('include another content under a revision that a restored etcd gave out again', () => {
    expect(summary(decodeEntries(hosts, [kv('a', 3, '[]'), kv('b', 4)]))).toEqual(['put a']);
  });

  it('are the newest of each key if several events come at once', () => {
    const events = [
      event('Put', kv('a', 5, '1')),
      event('Put', kv('a', 6, '2')),
      event('Delete', kv('b', 7)),
      event('Put', kv('c', 8)),
      event('Delete', kv('c', 9)),
    ];
    const after = applyWatchEvents(hosts, before, events);
    expect(summary(after)).toEqual(['deleted b', 'put a']);
    expect(after.get('a')).toMatchObject({ revision: '6', value: { value: '2' } });
    expect(before.get('a')).toMatchObject({ revision: '3' });
  });

  it('carry a reason for a value that cannot be read', () => {
    const [change] = entryChanges(before, applyWatchEvents(hosts, before, [event('Put', kv('a', 5, '{'))]));
    expect(change).toMatchObject({ member: 'a', entry: { value: { reason: "isn't JSON" } } });
  });
});

it.each([
  ['the same keys at the same revisions', [kv('b', 4, ''), kv('a', 3, '')], true],
  ['another revision of a key', [kv('a', 3, ''), kv('b', 5, '')], false],
  ['one key less', [kv('a', 3, '')], false],
  ['one key more', [kv('a', 3, ''), kv('b', 4, ''), kv('c', 4, '')], false],
  ['another key', [kv('a', 3, ''), kv('c', 4, '')], false],
] as const)('compares %s without values', (_what, kvs, same) => {
  expect(sameRevisions(hosts, before, kvs)).toBe(same);
});
