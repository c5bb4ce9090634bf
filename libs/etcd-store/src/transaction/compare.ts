import type { ICompare, IKeyValue } from 'etcd3';
import type { StoreKey } from '../keys/store-keys.ts';

/** A key, whatever its values are. */
type KeyRef = Pick<StoreKey<never>, 'name'>;

/** A condition on one key. */
export type Compare =
  /** The key is as it was seen: its mod_revision, or `0` if it wasn't there. */
  | { readonly kind: 'unchanged'; readonly key: string; readonly revision: string }
  /** A fence: the key still exists since that revision, not deleted and put again. */
  | { readonly kind: 'exists-since'; readonly key: string; readonly createRevision: string }
  | { readonly kind: 'absent'; readonly key: string }
  | { readonly kind: 'holds'; readonly key: string; readonly bytes: Buffer };

export function ifKeyUnchanged(key: KeyRef, revision: string): Compare {
  return { kind: 'unchanged', key: key.name, revision };
}

export function ifKeyExistsSince(key: KeyRef, createRevision: string): Compare {
  return { kind: 'exists-since', key: key.name, createRevision };
}

export function ifKeyAbsent(key: KeyRef): Compare {
  return { kind: 'absent', key: key.name };
}

export function ifKeyHolds<T>(key: StoreKey<T>, value: T): Compare {
  return { kind: 'holds', key: key.name, bytes: key.codec.encode(value) };
}

/** The condition in etcd's form; a key that isn't there has the revisions 0, and never equals a value. */
export function etcdCompare(compare: Compare): ICompare {
  const key = Buffer.from(compare.key);
  switch (compare.kind) {
    case 'unchanged':
      return { result: 'Equal', target: 'Mod', key, mod_revision: compare.revision };
    case 'exists-since':
      return { result: 'Equal', target: 'Create', key, create_revision: compare.createRevision };
    case 'absent':
      return { result: 'Equal', target: 'Create', key, create_revision: '0' };
    case 'holds':
      return { result: 'Equal', target: 'Value', key, value: compare.bytes };
  }
}

const MISSING = { create_revision: '0', mod_revision: '0' };

/** True if the condition is met; `found` is what the key holds, undefined if it isn't there. */
export function isConditionMet(compare: Compare, found: IKeyValue | undefined): boolean {
  const { create_revision: created, mod_revision: modified } = found ?? MISSING;
  switch (compare.kind) {
    case 'unchanged':
      return modified === compare.revision;
    case 'exists-since':
      return created === compare.createRevision;
    case 'absent':
      return found === undefined;
    case 'holds':
      return found?.value.equals(compare.bytes) ?? false;
  }
}
