import type { IKeyValue } from 'etcd3';
import type { Purpose, Session } from '../connection/session.ts';
import { decodeEntry, type Entry } from '../keys/entry.ts';
import type { StoreKey } from '../keys/store-keys.ts';
import { etcdCompare, ifKeyHolds } from './compare.ts';
import { putOfValue } from './transaction.ts';

/** Whether a key held the wanted value on the wanted lease, or what it held until that was written. */
export type Ensured<T> =
  | { readonly kind: 'held' }
  /** `before` is undefined if the key wasn't there. */
  | { readonly kind: 'written'; readonly before: Entry<T> | undefined };

/** Writes a value bound to a lease unless the key holds exactly that, and reads what it replaces, in one step. Throws OperatorError. */
export async function ensureValue<T>(
  session: Session,
  purpose: Purpose,
  key: StoreKey<T>,
  { value, lease }: { readonly value: T; readonly lease: string },
): Promise<Ensured<T>> {
  const response = await session.call(purpose, (client) =>
    client.kv.txn({
      compare: [
        etcdCompare(ifKeyHolds(key, value)),
        { result: 'Equal', target: 'Lease', key: key.first, lease },
      ],
      success: [],
      failure: [{ request_put: { ...putOfValue(key, value, lease), prev_kv: true } }],
    }),
  );
  if (response.succeeded) return { kind: 'held' };
  // etcd3 gives null for a message that etcd left out, whatever its types say.
  const before = response.responses[0]?.response_put.prev_kv as IKeyValue | null | undefined;
  return { kind: 'written', before: before ? decodeEntry(before, key.codec) : undefined };
}
