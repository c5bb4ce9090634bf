import type { IKeyValue, IPutRequest, ITxnResponse } from 'etcd3';
import type { Purpose, Session } from '../connection/session.ts';
import { decodeEntry, type Entry } from '../keys/entry.ts';
import type { StoreKey } from '../keys/store-keys.ts';
import { etcdCompare, isConditionMet, type Compare } from './compare.ts';

/** Conditions, and what is written and deleted if all of them are met, in one step of etcd. */
export interface Transaction {
  readonly compares: readonly Compare[];
  readonly puts: readonly Put[];
  /** Full names of keys. */
  readonly deletes?: readonly string[];
}

/** A value to write, in etcd's form. */
export type Put = Readonly<IPutRequest>;

export type TransactionResult =
  | { readonly kind: 'committed'; readonly revision: string }
  | {
      readonly kind: 'refused';
      /** The revision of the store at which the conditions weren't met. */
      readonly revision: string;
      /** The conditions that weren't met, at least one. */
      readonly unmet: readonly Compare[];
      /** What a compared key held at that revision; undefined if it wasn't there. */
      readonly found: <T>(key: StoreKey<T>) => Entry<T> | undefined;
    };

/** A put of one value, bound to a lease if one is given. Throws OperatorError if the value doesn't fit into a request. */
export function putOfValue<T>(key: StoreKey<T>, value: T, lease?: string): Put {
  return { key: key.first, value: key.codec.encode(value), ...(lease === undefined ? {} : { lease }) };
}

/**
 * Writes if every condition is met, and otherwise reads what the compared keys hold, in the same step.
 * Throws OperatorError; if `mayHaveBeenCarriedOut` is true for it, etcd may have committed all the same.
 */
export async function transact(
  session: Session,
  purpose: Purpose,
  { compares, puts, deletes = [] }: Transaction,
): Promise<TransactionResult> {
  const response = await session.call(purpose, (client) =>
    client.kv.txn({
      compare: compares.map(etcdCompare),
      success: [
        ...puts.map((request) => ({ request_put: request })),
        ...deletes.map((key) => ({ request_delete_range: { key: Buffer.from(key) } })),
      ],
      failure: compares.map(({ key }) => ({ request_range: { key: Buffer.from(key) } })),
    }),
  );
  const { revision } = response.header;
  return response.succeeded ? { kind: 'committed', revision } : refusal(compares, response);
}

function refusal(compares: readonly Compare[], { header, responses }: ITxnResponse): TransactionResult {
  const held = new Map<string, IKeyValue | undefined>(
    compares.map(({ key }, index) => [key, responses[index]?.response_range.kvs[0]]),
  );
  return {
    kind: 'refused',
    revision: header.revision,
    unmet: compares.filter((compare) => !isConditionMet(compare, held.get(compare.key))),
    found: ({ name, codec }) => {
      const kv = held.get(name);
      return kv === undefined ? undefined : decodeEntry(kv, codec);
    },
  };
}
