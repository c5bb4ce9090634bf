import { OperatorError } from '@kubefigurator/daemon';
import type { Session } from '../connection/session.ts';
import { decodeEntry, type Entry } from '../keys/entry.ts';
import type { Selection, StoreKey } from '../keys/store-keys.ts';
import type { OwnerReading } from './config-store.ts';
import { ownerReadingOf } from './reading.ts';

/** The entries of a range, or of one key; none if etcd denies them to this user. Throws OperatorError. */
export type ReadRange = (
  range: Selection<string>,
) => Promise<readonly (readonly [name: string, entry: Entry<string>])[]>;

/** A role that has the key of the config alone goes on working: a range that it may not read is empty for it. */
export function createReadRange(session: Session): ReadRange {
  return async (range) => {
    const purpose = { use: 'look', action: 'read', key: range.name } as const;
    try {
      const { kvs } = await session.call(purpose, (client) =>
        client.kv.range({ key: range.first, ...(range.end === undefined ? {} : { range_end: range.end }) }),
      );
      return kvs.map((kv) => [range.memberOf(kv.key), decodeEntry(kv, range.codec)] as const);
    } catch (error) {
      if (isDenied(error)) return [];
      throw error;
    }
  };
}

/** One key; undefined if etcd denies it to this user. Throws OperatorError. */
export async function readKey(session: Session, key: StoreKey<string>): Promise<OwnerReading | undefined> {
  try {
    const { kvs } = await session.call({ use: 'look', action: 'read', key: key.name }, (client) =>
      client.kv.range({ key: key.first }),
    );
    const [found] = kvs;
    return ownerReadingOf(found && decodeEntry(found, key.codec));
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}

export function isDenied(error: unknown): boolean {
  return error instanceof OperatorError && error.message.includes('permission denied');
}
