import type { IKeyValue } from 'etcd3';
import { expect, it } from 'vitest';
import { memberKey, storeKey } from '../keys/store-keys.ts';
import { absent, etcdCompare, existsSince, holds, isMet, unchanged } from './compare.ts';

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
  ['the revision that was seen', unchanged(config, '7'), found, true],
  ['another revision', unchanged(config, '6'), found, false],
  ['a key that was seen and is gone', unchanged(config, '7'), undefined, false],
  ['a key that was absent and still is', unchanged(config, '0'), undefined, true],
  ['a key that was absent and has come', unchanged(config, '0'), found, false],
  ['a fence that stands', existsSince(leader, '3'), found, true],
  ['a fence that was put again', existsSince(leader, '2'), found, false],
  ['a fence that is gone', existsSince(leader, '3'), undefined, false],
  ['absence', absent(config), undefined, true],
  ['presence instead of absence', absent(config), found, false],
  ['the same value', holds(status, '{}'), found, true],
  ['another value', holds(status, '[]'), found, false],
  ['no value', holds(status, '{}'), undefined, false],
])('judges %s', (_what, compare, kv, met) => expect(isMet(compare, kv)).toBe(met));

it('compares in the form of etcd', () => {
  const key = config.first;
  expect([unchanged(config, '7'), absent(config), holds(config, 'a')].map(etcdCompare)).toEqual([
    { result: 'Equal', target: 'Mod', key, mod_revision: '7' },
    { result: 'Equal', target: 'Create', key, create_revision: '0' },
    { result: 'Equal', target: 'Value', key, value: Buffer.from('a') },
  ]);
  expect(etcdCompare(existsSince(leader, '3'))).toMatchObject({ target: 'Create', create_revision: '3' });
});
