import { expect, it } from 'vitest';
import { memberKey, storeKey, storeRange } from './store-keys.ts';

it('gives a key and a range as etcd asks for them', () => {
  expect(storeKey('fleet', 'config')).toMatchObject({ name: '/fleet', first: Buffer.from('/fleet') });
  const { name, first, end } = storeRange('/fleet', 'hosts');
  expect([name, first.toString(), end.toString()]).toEqual([
    '/fleet/hosts/',
    '/fleet/hosts/',
    '/fleet/hosts0',
  ]);
});

it('names the members of a range', () => {
  const range = storeRange('/fleet', 'hosts');
  const { first } = memberKey('/fleet', 'hosts', 'lb-ü');
  expect(range.memberOf(first)).toBe('lb-ü');
  expect(Buffer.compare(range.first, first)).toBeLessThan(0);
  expect(Buffer.compare(first, range.end)).toBeLessThan(0);
});

it('uses the codec of the row', () => {
  expect(storeKey('/fleet', 'config').codec.decode(Buffer.from('no json'))).toEqual({ value: 'no json' });
  expect(storeRange('/fleet', 'hosts').codec.decode(Buffer.from('no json'))).toEqual({
    reason: "isn't JSON",
  });
});
