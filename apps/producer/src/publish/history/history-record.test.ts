import { expect, it } from 'vitest';
import { formatHistoryRecord, type HistoryRecord, inOrder, parseHistoryRecord } from './history-record.ts';

const RECORD: HistoryRecord = {
  revision: '42',
  at: '2026-01-02T03:04:05.000Z',
  hash: 'a'.repeat(64),
  ...{
    textBytes: 2000,
    storedBytes: 300,
    by: 'lb',
    reason: 'cluster',
    policy: 'sha256:abc',
    publications: 3,
  },
  cause: { objects: [{ kind: 'Service', name: 'shop/web', change: 'changed' }], more: 2 },
};

it('gives back what was written', () => {
  expect(parseHistoryRecord('42', formatHistoryRecord(RECORD))).toEqual(RECORD);
});

it.each<[string, string, string]>([
  ['no JSON', '42', ''],
  ['no object', '42', '[]'],
  ['a name that is no revision', '../42', formatHistoryRecord(RECORD)],
  ['no hash', '42', JSON.stringify({ ...RECORD, hash: '../../x' })],
  ['no time', '42', JSON.stringify({ ...RECORD, at: 'yesterday\u001b[2J' })],
  ['a size below 0', '42', JSON.stringify({ ...RECORD, storedBytes: -1 })],
  ['a size that is no number', '42', JSON.stringify({ ...RECORD, textBytes: '9' })],
])('reads nothing from %s', (_what, revision, text) =>
  expect(parseHistoryRecord(revision, text)).toBeUndefined(),
);

it('leaves out what can’t be read of a record, and cuts what is too long', () => {
  const objects = [
    { kind: 'Secret', name: 'x', change: 'added' },
    { kind: 'Service', name: 7, change: 'added' },
    { kind: 'Node', name: 'n'.repeat(9000), change: 'removed' },
    'x',
  ];
  const text = JSON.stringify({
    ...RECORD,
    ...{ by: 7, reason: 'r'.repeat(9000), publications: -4 },
    cause: { objects, more: 'many' },
  });
  const parsed = parseHistoryRecord('42', text);
  expect(parsed).toMatchObject({ by: 'unknown', publications: 1 });
  expect(parsed?.reason).toHaveLength(300);
  expect(parsed?.cause).toEqual({
    objects: [{ kind: 'Node', name: 'n'.repeat(300), change: 'removed' }],
    more: 0,
  });
});

it('orders revisions by their number', () => {
  const [a, b] = [RECORD, { ...RECORD, revision: '9' }];
  expect(inOrder([a, b]).map(({ revision }) => revision)).toEqual(['9', '42']);
});
