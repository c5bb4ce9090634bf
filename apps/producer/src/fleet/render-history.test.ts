import { expect, it } from 'vitest';
import type { HistoryRecord } from '../publish/history/history-record.ts';
import { renderHistory } from './render-history.ts';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');

function recordOf(revision: string, secondsAgo: number, more: Partial<HistoryRecord> = {}): HistoryRecord {
  return {
    revision,
    at: new Date(NOW - secondsAgo * 1000).toISOString(),
    hash: revision.padEnd(64, '0'),
    ...{ textBytes: 2_600_000, storedBytes: 165_000, by: 'node-1 (process 7)', reason: 'policy' },
    publications: 1,
    ...more,
  };
}

const records = [
  recordOf('42', 5, {
    cause: {
      objects: [
        { kind: 'Service', name: 'shop/web', change: 'changed' },
        { kind: 'Service', name: 'shop/blog', change: 'added' },
      ],
      more: 2,
    },
    publications: 3,
  }),
  recordOf('40', 7200),
];
const facts = { records, liveHash: '42'.padEnd(64, '0'), pinned: undefined, now: NOW };

it('lists the newest first, with what changed and which one is live', () => {
  expect(renderHistory(facts, 'table').split('\n')).toEqual([
    'REVISION   LIVE   PUBLISHED              AGE   HASH           SIZE       BY                   WHAT CHANGED',
    '42         yes    2026-01-02T03:04:00Z   5s    420000000000   2,600 kB   node-1 (process 7)   Service shop/web changed; +3 more (3 publications)',
    '40         -      2026-01-02T01:04:05Z   2h    400000000000   2,600 kB   node-1 (process 7)   policy',
    '',
  ]);
});

it('shows the version of the policy in the wide table and in JSON', () => {
  const policies = [recordOf('42', 5, { policy: 'resourceVersion:4711' }), recordOf('40', 7200)];
  const wide = renderHistory({ ...facts, records: policies }, 'wide');
  expect(wide).toMatch(/ POLICY +WHAT CHANGED\n42 .* resourceVersion:4711 +policy\n40 .* - +policy\n$/);
  expect(renderHistory(facts, 'table')).not.toContain('POLICY');
  expect(JSON.parse(renderHistory({ ...facts, records: policies }, 'json'))).toMatchObject([
    { policy: 'resourceVersion:4711' },
    {},
  ]);
});

it('shows which one is pinned', () => {
  const pinned = { ...facts, liveHash: '40'.padEnd(64, '0'), pinned: '40' };
  expect(renderHistory(pinned, 'table')).toMatch(/^40 +pinned /m);
  expect(JSON.parse(renderHistory(pinned, 'json'))).toMatchObject([
    { revision: '42', live: false, pinned: false },
    { revision: '40', live: true, pinned: true },
  ]);
});

it('says that there is nothing yet', () => {
  expect(renderHistory({ ...facts, records: [] }, 'table')).toBe('the history is empty\n');
  expect(renderHistory({ ...facts, records: [] }, 'json')).toBe('[]\n');
});

it.each(['table', 'json'] as const)('lets no control character of a record through: %s', (form) => {
  const evil = '\u001b[2J\nlb\u202e';
  const hostile = recordOf('42', 5, {
    ...{ by: evil, reason: evil },
    cause: { objects: [{ kind: 'Node', name: evil, change: 'added' }], more: 0 },
  });
  const text = renderHistory({ ...facts, records: [hostile] }, form);
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  if (form === 'table') expect(text.split('\n')).toHaveLength(3);
});
