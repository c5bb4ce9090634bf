import { formatCount } from '@kubefigurator/translator';
import { terminalJson } from '../explain/render/layout.ts';
import { describeCause } from '../publish/history/cause.ts';
import type { HistoryRecord } from '../publish/history/history-record.ts';
import { type Column, cut, renderTable } from './table.ts';

/** What was read of etcd to list the publications. */
export interface HistoryFacts {
  /** The newest first. */
  readonly records: readonly HistoryRecord[];
  /** The hash of the text in etcd; undefined if there is none. */
  readonly liveHash: string | undefined;
  /** The revision that is pinned; undefined if none is. */
  readonly pinned: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** So many objects of a cause are named in a table. */
const MOST_NAMED = 1;
const HASH_LENGTH = 12;

const POLICY: Column<HistoryRecord> = { heading: 'POLICY', cell: ({ policy = '' }) => policy };

/** The publications for people, or as one JSON document with the whole cause of each. */
export function renderHistory(
  { records, liveHash, pinned, now }: HistoryFacts,
  form: 'table' | 'wide' | 'json',
): string {
  const newest = records.find(({ hash }) => hash === liveHash);
  const stateOf = (record: HistoryRecord): string => {
    if (record.revision === pinned) return 'pinned';
    return record === newest && pinned === undefined ? 'yes' : '';
  };
  if (form === 'json') {
    const entries = records.map((record) => ({
      ...record,
      live: record.hash === liveHash,
      pinned: record.revision === pinned,
    }));
    return `${terminalJson(JSON.stringify(entries, undefined, 2))}\n`;
  }
  if (records.length === 0) return 'the history is empty\n';
  const columns: readonly Column<HistoryRecord>[] = [
    { heading: 'REVISION', cell: ({ revision }) => revision },
    { heading: 'LIVE', cell: stateOf },
    { heading: 'PUBLISHED', cell: ({ at }) => at.replace(/\.\d+Z$/, 'Z') },
    { heading: 'AGE', cell: ({ at }) => describeAge(now - Date.parse(at)) },
    { heading: 'HASH', cell: ({ hash }) => hash.slice(0, HASH_LENGTH) },
    { heading: 'SIZE', cell: ({ textBytes }) => `${formatCount(Math.ceil(textBytes / 1000))} kB` },
    { heading: 'BY', cell: ({ by }) => cut(by) },
    ...(form === 'wide' ? [POLICY] : []),
    { heading: 'WHAT CHANGED', cell: describeChange },
  ];
  return `${renderTable(columns, records).join('\n')}\n`;
}

function describeChange({ cause, reason, publications }: HistoryRecord): string {
  const objects = cause === undefined ? '' : describeCause(cause, MOST_NAMED);
  // Without a change of an object it was a policy, an approval, or a producer that started.
  const what = objects === '' ? reason : objects;
  return publications === 1 ? what : `${what} (${formatCount(publications)} publications)`;
}

/** The age as kubectl shows it: `12s`, `5m`, `3h`, `2d`. */
function describeAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${String(seconds)}s`;
  if (seconds < 7200) return `${String(Math.floor(seconds / 60))}m`;
  if (seconds < 172_800) return `${String(Math.floor(seconds / 3600))}h`;
  return `${String(Math.floor(seconds / 86_400))}d`;
}
