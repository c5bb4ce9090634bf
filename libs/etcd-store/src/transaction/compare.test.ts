import type { IKeyValue } from 'etcd3';
import { expect, it } from 'vitest';
import { memberKey, storeKey } from '../keys/store-keys.ts';
import {
  ifKeyAbsent,
  etcdCompare,
  ifKeyExistsSince,
  ifKeyHolds,
  isConditionMet,
  ifKeyUnchanged,
} from './compare.ts';

const config = storeKey('/fleet', 'config');
const leader = storeKey('/fleet', 'leader');
const status = memberKey('/fleet', 'hosts', 'lb-1');
const found: IKeyValue = {
  key: config.first,
  create_revision: '3',
  mod_revision: '7',
  version: '2',
  value: Buffer.from('{}'),
  lease: '0',
};

it.each([
  ['the revision that was seen', ifKeyUnchanged(config, '7'), found, true],
  ['another revision', ifKeyUnchanged(config, '6'), found, false],
  ['a key that was seen and is gone', ifKeyUnchanged(config, '7'), undefined, false],
  ['a key that was absent and still is', ifKeyUnchanged(config, '0'), undefined, true],
  ['a key that was absent and has come', ifKeyUnchanged(config, '0'), found, false],
  ['a fence that stands', ifKeyExistsSince(leader, '3'), found, true],
  ['a fence that was put again', ifKeyExistsSince(leader, '2'), found, false],
  ['a fence that is gone', ifKeyExistsSince(leader, '3'), undefined, false],
  ['absence', ifKeyAbsent(config), undefined, true],
  ['presence instead of absence', ifKeyAbsent(config), found, false],
  ['the same value', ifKeyHolds(status, '{}'), found, true],
  ['another value', ifKeyHolds(status, '[]'), found, false],
  ['no value', ifKeyHolds(status, '{}'), undefined, false],
])('judges %s', (_what, compare, kv, met) => expect(isConditionMet(compare, kv)).toBe(met));

it('compares in the form of etcd', () => {
  const key = config.first;
  expect(
    [ifKeyUnchanged(config, '7'), ifKeyAbsent(config), ifKeyHolds(config, 'a')].map(etcdCompare),
  ).toEqual([
    { result: 'Equal', target: 'Mod', key, mod_revision: '7' },
    { result: 'Equal', target: 'Create', key, create_revision: '0' },
    { result: 'Equal', target: 'Value', key, value: Buffer.from('a') },
  ]);
  expect(etcdCompare(ifKeyExistsSince(leader, '3'))).toMatchObject({
    target: 'Create',
    create_revision: '3',
  });
});
