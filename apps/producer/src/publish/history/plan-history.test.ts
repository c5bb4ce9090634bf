import { expect, it } from 'vitest';
import type { HistoryEntry } from '@kubefigurator/etcd-store';
import { formatHistoryRecord, type HistoryRecord } from './history-record.ts';
import { MOST_DELETED, planHistory } from './plan-history.ts';

const BEGIN = Date.parse('2026-01-02T03:04:05.000Z');

function recordAt(revision: number, seconds: number, more: Partial<HistoryRecord> = {}): HistoryRecord {
  return {
    revision: String(revision),
    at: new Date(BEGIN + seconds * 1000).toISOString(),
    hash: '0'.repeat(64),
    ...{ textBytes: 1000, storedBytes: 100, by: 'a', reason: 'cluster', publications: 1 },
    ...more,
  };
}

function entryOf(record: HistoryRecord): HistoryEntry {
  return { revision: record.revision, record: formatHistoryRecord(record) };
}

/** The revisions that are left after all of these were published one after the other. */
function leftAfter(records: readonly HistoryRecord[], most = 50, mostBytes?: number): readonly string[] {
  let entries: readonly HistoryEntry[] = [];
  for (const each of records) {
    const { record, deletes } = planHistory(entries, each, most, mostBytes);
    entries = [...entries.filter(({ revision }) => !deletes.includes(revision)), entryOf(record)];
  }
  return entries.map(({ revision }) => revision);
}

it('keeps one entry a minute, and the last one', () => {
  const seconds = [0, 10, 20, 70, 75, 130, 131];
  expect(leftAfter(seconds.map((second, index) => recordAt(index + 1, second)))).toEqual([
    '1',
    '4',
    '6',
    '7',
  ]);
});

it('keeps of two that are close the one that was live for longer, with both causes', () => {
  const cause = { objects: [{ kind: 'Node', name: 'a', change: 'added' } as const], more: 0 };
  const known = [recordAt(1, 0, { cause }), recordAt(2, 10, { cause: { objects: [], more: 1 } })];
  const { deletes, rewritten } = planHistory(known.map(entryOf), recordAt(3, 3600), 50);
  expect(deletes).toEqual(['1']);
  expect(rewritten).toMatchObject({ revision: '2', publications: 2, cause: { ...cause, more: 1 } });
});

it('keeps every entry of a slow cluster, up to the number', () => {
  const slow = [1, 2, 3, 4, 5].map((revision) => recordAt(revision, revision * 60));
  expect(leftAfter(slow)).toEqual(['1', '2', '3', '4', '5']);
  expect(leftAfter(slow, 3)).toEqual(['3', '4', '5']);
  expect(leftAfter(slow, 1)).toEqual(['5']);
});

it('keeps no more bytes than it may, but always the last text', () => {
  const slow = [1, 2, 3].map((revision) => recordAt(revision, revision * 60, { storedBytes: 40 }));
  expect(leftAfter(slow, 50, 100)).toEqual(['2', '3']);
  expect(leftAfter(slow, 50, 10)).toEqual(['3']);
});

it('goes on after the clock was set back', () => {
  const records = [recordAt(1, 9000), recordAt(2, 0), recordAt(3, 60), recordAt(4, 120)];
  expect(leftAfter(records)).toEqual(['1', '2', '3', '4']);
});

it('tells the causes of all publications that an entry stands for', () => {
  const changed = (name: string): Pick<HistoryRecord, 'cause'> => ({
    cause: { objects: [{ kind: 'Service', name, change: 'changed' }], more: 0 },
  });
  const known = [recordAt(1, 0), recordAt(2, 10, changed('shop/a'))].map(entryOf);
  const { record, deletes } = planHistory(known, recordAt(3, 20, changed('shop/b')), 50);
  expect(deletes).toEqual(['2']);
  expect(record).toMatchObject({ revision: '3', publications: 2 });
  expect(record.cause?.objects.map(({ name }) => name)).toEqual(['shop/a', 'shop/b']);
  // What one of them changed isn't known.
  // One without a cause takes none away.
  const unknown = planHistory(known, recordAt(3, 20), 50);
  expect(unknown.record.cause?.objects.map(({ name }) => name)).toEqual(['shop/a']);
});

it('removes what can’t be read, and no more at once than a transaction takes', () => {
  const strange = [...Array(MOST_DELETED + 5).keys()].map((index) => ({
    revision: `x${String(index)}`,
    record: '{}',
  }));
  const { deletes } = planHistory([entryOf(recordAt(1, 0)), ...strange], recordAt(2, 60), 50);
  expect(deletes).toHaveLength(MOST_DELETED);
  expect(deletes).not.toContain('1');
});

it('replaces an entry of the same revision', () => {
  const { deletes, record } = planHistory([entryOf(recordAt(1, 0))], recordAt(1, 5), 50);
  expect([deletes, record.publications]).toEqual([[], 1]);
});

it('drops what another etcd has left, whose revisions are higher', () => {
  const left = [recordAt(900, 0), recordAt(901, 3600)];
  const own = [recordAt(5, 7200), recordAt(6, 10_800)];
  const { deletes } = planHistory([...left, ...own].map(entryOf), recordAt(7, 14_400), 50);
  expect(deletes).toEqual(['900', '901']);
});
