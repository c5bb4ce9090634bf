import type { HistoryEntry } from '@kubefigurator/etcd-store';
import { joinCauses } from './cause.ts';
import { type HistoryRecord, inOrder, parseHistoryRecord } from './history-record.ts';

/** All texts of the history together, in bytes as they are stored. */
export const MOST_HISTORY_BYTES = 16 * 1024 * 1024;
/** Besides the last one, there is at most one entry in this time. */
const APART_MS = 60_000;
/** So many entries go with one write; etcd takes 128 operations in one transaction by default. */
export const MOST_DELETED = 40;

/** What is written for a publication. */
export interface HistoryPlan {
  readonly record: HistoryRecord;
  /** The last entry, if it takes over the cause of the one before. */
  readonly rewritten: HistoryRecord | undefined;
  /** Revisions of the entries that go. */
  readonly deletes: readonly string[];
}

/**
 * The entry of a publication, and what goes for it. If the last two entries are less than a minute apart, one of them goes: the
 * last one, unless it was live for longer than that. The cause of what goes becomes a part of the next one's, so that each entry
 * says what changed since the entry before. Entries that can't be read go first, since nobody knows how large their texts are, and
 * so do those with a higher revision than this publication, which are of another etcd.
 */
export function planHistory(
  entries: readonly HistoryEntry[],
  added: HistoryRecord,
  most: number,
  mostBytes: number = MOST_HISTORY_BYTES,
): HistoryPlan {
  const parsed = entries.map(({ revision, record }) => parseHistoryRecord(revision, record));
  const isUsable = (one: HistoryRecord | undefined): one is HistoryRecord =>
    one !== undefined && BigInt(one.revision) <= BigInt(added.revision);
  const unusable = entries.filter((_entry, index) => !isUsable(parsed[index]));
  const known = inOrder(parsed.filter(isUsable).filter(({ revision }) => revision !== added.revision));
  const { kept: apart, record, rewritten } = keepApart(known, added);
  const kept = keptBeside(apart, record, { most, mostBytes });
  const gone = known.filter((one) => !kept.has(one)).map(({ revision }) => revision);
  return {
    record,
    rewritten,
    deletes: [...unusable.map(({ revision }) => revision), ...gone].slice(0, MOST_DELETED),
  };
}

interface Apart extends Pick<HistoryPlan, 'record' | 'rewritten'> {
  readonly kept: readonly HistoryRecord[];
}

function keepApart(known: readonly HistoryRecord[], added: HistoryRecord): Apart {
  const [beforeLast, last] = [known.at(-2), known.at(-1)];
  if (beforeLast === undefined || last === undefined || !areClose(beforeLast, last))
    return { kept: known, record: added, rewritten: undefined };
  if (areClose(last, added))
    return { kept: known.slice(0, -1), record: joinRecords(last, added), rewritten: undefined };
  return {
    kept: known.filter((one) => one !== beforeLast),
    record: added,
    rewritten: joinRecords(beforeLast, last),
  };
}

/** The newest ones that fit beside this one. */
function keptBeside(
  known: readonly HistoryRecord[],
  added: HistoryRecord,
  { most, mostBytes }: { readonly most: number; readonly mostBytes: number },
): ReadonlySet<HistoryRecord> {
  const kept = new Set<HistoryRecord>();
  let bytes = added.storedBytes;
  for (const one of [...known].reverse()) {
    bytes += one.storedBytes;
    if (bytes > mostBytes || kept.size + 1 >= most) break;
    kept.add(one);
  }
  return kept;
}

/** A clock that was set back makes the difference negative. */
function areClose(one: HistoryRecord, other: HistoryRecord): boolean {
  return Math.abs(Date.parse(other.at) - Date.parse(one.at)) < APART_MS;
}

function joinRecords(last: HistoryRecord, added: HistoryRecord): HistoryRecord {
  const { cause: own, ...rest } = added;
  // The first publication of a producer has no cause: what the other one knows is worth more than nothing.
  const cause = last.cause && own ? joinCauses(last.cause, own) : (own ?? last.cause);
  return {
    ...rest,
    ...(cause === undefined ? {} : { cause }),
    publications: last.publications + added.publications,
  };
}
