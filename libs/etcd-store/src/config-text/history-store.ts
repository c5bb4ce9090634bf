import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { Session } from '../connection/session.ts';
import { decodeEntry } from '../keys/entry.ts';
import { memberKey, storeKey, storeRange, type StoreKey } from '../keys/store-keys.ts';
import { ifKeyAbsent } from '../transaction/compare.ts';
import { putOfValue, transact } from '../transaction/transaction.ts';
import type { LeaderCondition } from './config-store.ts';
import { leaderConditionOf } from './publish.ts';
import type { ReadRange } from './read-denied.ts';

/** What is known of one publication; the text has a key of its own, so that a list of all stays small. */
export interface HistoryEntry {
  /** The revision of the publication. */
  readonly revision: string;
  /** JSON; empty if the value isn't that. */
  readonly record: string;
}

/** One write: an entry with its text, and the entries that it replaces or that are too old. */
export interface HistoryWrite {
  readonly revision: string;
  readonly record: string;
  /** The text, as `packText` gives it. */
  readonly packed: Buffer;
  /** Another entry whose text stays and whose record is replaced. */
  readonly rewritten?: HistoryEntry;
  /** Revisions of the entries that go in the same transaction. */
  readonly deletes: readonly string[];
  /** True if an entry that is there already stays as it is; the write then gives false. */
  readonly isNew?: boolean;
  /** Without it nobody is asked who leads. */
  readonly leader: LeaderCondition | undefined;
}

/** The last publications, in etcd. */
export interface HistoryStore {
  /** In no order; none if etcd denies them to this user. Throws OperatorError. */
  readonly readHistory: () => Promise<readonly HistoryEntry[]>;
  /** The text of a publication; undefined if it isn't there, can't be read, or etcd denies it. Throws OperatorError. */
  readonly readHistoryText: (revision: string) => Promise<string | undefined>;
  /**
   * Writes and deletes in one step; false if something has to go while the path is pinned, since it might be the pinned text, or if
   * somebody else leads than has to. Throws OperatorError.
   */
  readonly writeHistory: (write: HistoryWrite) => Promise<boolean>;
}

const compress = promisify(gzip);

/** A text as the history stores it; it is gzipped on another thread. */
export function packText(text: string): Promise<Buffer> {
  return compress(text);
}

export function createHistoryStore(session: Session, path: string, readRange: ReadRange): HistoryStore {
  const records = storeRange(path, 'history');
  const pin = storeKey(path, 'pin');
  const leaderKey = storeKey(path, 'leader');

  async function writeHistory(write: HistoryWrite): Promise<boolean> {
    const { revision, record, packed, rewritten, deletes, leader, isNew } = write;
    const recordKey = memberKey(path, 'history', revision);
    const text = memberKey(path, 'texts', revision);
    const { kind } = await transact(
      session,
      { use: 'write', action: 'write', key: recordKey.name },
      {
        compares: [
          ...(deletes.length === 0 ? [] : [ifKeyAbsent(pin)]),
          ...(isNew === true ? [ifKeyAbsent(recordKey)] : []),
          ...leaderConditionOf(leaderKey, leader),
        ],
        puts: [
          putOfValue(recordKey, record),
          { key: text.first, value: packed },
          ...(rewritten && !deletes.includes(rewritten.revision)
            ? [putOfValue(memberKey(path, 'history', rewritten.revision), rewritten.record)]
            : []),
        ],
        deletes: deletes.flatMap((each) => [
          memberKey(path, 'history', each).name,
          memberKey(path, 'texts', each).name,
        ]),
      },
    );
    return kind === 'committed';
  }

  async function readHistoryText(revision: string): Promise<string | undefined> {
    const [found] = await readRange(memberKey(path, 'texts', revision));
    const value = found?.[1].value;
    return value !== undefined && 'value' in value ? value.value : undefined;
  }

  return {
    readHistory: async () =>
      (await readRange(records)).map(([revision, { value }]) => ({
        revision,
        record: 'value' in value ? value.value : '',
      })),
    readHistoryText,
    writeHistory,
  };
}

/** The mod_revision of a key, without its value; undefined if it is not there. */
export async function readTextRevision(session: Session, key: StoreKey<string>): Promise<string | undefined> {
  const { kvs } = await session.call({ use: 'look', action: 'read', key: key.name }, (client) =>
    client.kv.range({ key: key.first, keys_only: true }),
  );
  const [found] = kvs;
  return found && decodeEntry(found, key.codec).revision;
}
