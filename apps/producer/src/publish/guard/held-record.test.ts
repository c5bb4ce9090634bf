import { expect, it } from 'vitest';
import {
  describeShares,
  type HeldRecord,
  parseApproval,
  parseHeldRecord,
  parseSignature,
} from './held-record.ts';

const RECORD: HeldRecord = {
  since: '2026-01-01T00:00:00.000Z',
  everything: false,
  shares: [
    { what: 'binds', lost: 2, most: 3 },
    { what: 'hosts', lost: 53, most: 100, without: 'shop' },
  ],
  services: { 'shop/web': { digest: 'abc', hosts: 2, servers: 0 } },
};

it('reads what it writes, as the same bytes', () => {
  expect(JSON.stringify(parseHeldRecord(JSON.stringify(RECORD)))).toBe(JSON.stringify(RECORD));
  expect(describeShares(RECORD.shares)).toBe('2 of 3 binds, 53 of 100 host names of all namespaces but shop');
});

it.each([
  ['no JSON', 'by hand'],
  ['no object', '7'],
  ['nothing', 'null'],
  ['another record', '{"by":"ann"}'],
  ['no Services', JSON.stringify({ ...RECORD, services: null })],
])('is no record: %s', (_what, text) => expect(parseHeldRecord(text)).toBeUndefined());

it('passes over what a person has written into a record', () => {
  const shares = [
    ...[null, 7, { what: '__proto__', lost: 1, most: 2 }, { what: 'hosts', lost: '1', most: 2 }],
    ...[7, '', 'a\u001b[2J', 'A'].map((without) => ({ what: 'hosts', lost: 1, most: 2, without })),
  ];
  const services = { a: null, b: 7, c: { digest: 1 }, 'shop/web': RECORD.services['shop/web'] };
  expect(parseHeldRecord(JSON.stringify({ ...RECORD, shares, services }))).toEqual({ ...RECORD, shares: [] });
});

it('reads who did something, and what was approved', () => {
  expect(parseSignature('{"by":"ann","at":"now","reason":"moved"}')).toEqual({
    ...{ by: 'ann', at: 'now', reason: 'moved' },
  });
  expect(parseSignature('[]')).toEqual({ by: 'unknown', at: 'unknown', reason: '' });
  expect(parseApproval('{"services":{"shop/web":"abc","shop/api":7}}')).toEqual({ 'shop/web': 'abc' });
  for (const text of ['', '{}', '{"services":7}', '[]']) expect(parseApproval(text)).toEqual({});
});

it('bounds each part of a signature', () => {
  const long = 'x'.repeat(1_000_000);
  const signature = parseSignature(JSON.stringify({ by: long, at: long, reason: long }));
  expect(Object.values(signature).map((part) => (part as string).length)).toEqual([300, 300, 300]);
});
