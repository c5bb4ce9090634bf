import { isDeepStrictEqual } from 'node:util';
import { FieldError } from './fields.ts';
import { uidOf } from './normalize.ts';

/** How objects of one kind become records. */
export interface RecordKind<T> {
  /** Our copy of an API object; throws where a field isn't what the API says. */
  readonly normalize: (object: unknown) => T;
  readonly key: (record: T) => string;
  /** False for records that can't change anything: they aren't kept. */
  readonly concerns: (record: T) => boolean;
  /** Told of an object that can't be normalized; it is passed over, what is known of it stays. */
  readonly onUnreadable: (error: FieldError) => void;
}

/** The records of one collection. Each change says whether anything differs, so that heartbeats come to nothing. */
export interface RecordStore<T> {
  readonly records: () => Iterable<T>;
  readonly size: () => number;
  /**
   * The uid of the object with this key, also when it doesn't concern us any more; undefined when there is none.
   * It is no part of the record, so that it can't make a difference.
   */
  readonly uid: (key: string) => string | undefined;
  readonly set: (object: unknown) => boolean;
  readonly remove: (object: unknown) => boolean;
  /** Begins a full list; nothing is visible of it before `commit`, which says whether anything differs. */
  readonly replace: () => {
    readonly take: (object: unknown) => void;
    readonly restart: () => void;
    readonly commit: () => boolean;
  };
}

interface Kept<T> {
  readonly records: Map<string, T>;
  readonly uids: Map<string, string>;
}

export function createRecordStore<T>(kind: RecordKind<T>): RecordStore<T> {
  let current: Kept<T> = { records: new Map(), uids: new Map() };

  function read(object: unknown): T | undefined {
    try {
      return kind.normalize(object);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      kind.onUnreadable(error);
      return undefined;
    }
  }

  function put(target: Kept<T>, object: unknown): boolean {
    const record = read(object);
    if (record === undefined) return false;
    const key = kind.key(record);
    const concerns = kind.concerns(record);
    const uid = uidOf(object);
    if (uid !== undefined && (concerns || current.uids.has(key))) target.uids.set(key, uid);
    if (!concerns) return target.records.delete(key);
    const known = current.records.get(key);
    const same = known !== undefined && isDeepStrictEqual(known, record);
    target.records.set(key, same ? known : record);
    return !same;
  }

  function remove(object: unknown): boolean {
    const record = read(object);
    if (record === undefined) return false;
    const key = kind.key(record);
    current.uids.delete(key);
    return current.records.delete(key);
  }

  function replace(): ReturnType<RecordStore<T>['replace']> {
    const next: Kept<T> = { records: new Map(), uids: new Map() };
    let differs = false;
    return {
      take: (object) => {
        differs = put(next, object) || differs;
      },
      restart: () => {
        next.records.clear();
        next.uids.clear();
      },
      commit: () => {
        const changed = differs || next.records.size !== current.records.size;
        current = next;
        return changed;
      },
    };
  }

  return {
    records: () => current.records.values(),
    size: () => current.records.size,
    uid: (key) => current.uids.get(key),
    set: (object) => put(current, object),
    remove,
    replace,
  };
}
