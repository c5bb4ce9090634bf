import { isDeepStrictEqual } from 'node:util';
import { FieldError } from './fields.ts';
import { objectKey, readObjectName, uidOf } from './metadata.ts';
import type { RecordKind } from './record-kinds.ts';

/** An object that couldn't be read. */
export interface UnreadableObject {
  /** Undefined if not even its name could be read. */
  readonly key: string | undefined;
  readonly error: FieldError;
  /** True if an earlier record of the object stays in use. */
  readonly kept: boolean;
}

/**
 * The records of one collection. Each change says whether any record differs, so that heartbeats cause no pass.
 * An object that can't be read is reported, and its earlier record stays until the object can be read or is deleted.
 */
export interface RecordStore<T> {
  readonly records: () => Iterable<T>;
  readonly size: () => number;
  /**
   * The uid of the object with this key; undefined if there is no such object, or if it never had a record. An object
   * that no longer concerns us still has its uid here.
   */
  readonly uid: (key: string) => string | undefined;
  /** Takes an object that is new or has changed, and says whether its record differs. */
  readonly set: (object: unknown) => boolean;
  /**
   * Says whether there was a record. Throws a {@link FieldError} if the object can't be identified: only a full list
   * shows then what was deleted.
   */
  readonly remove: (object: unknown) => boolean;
  /** Begins a full list, which is used from `commit` on. */
  readonly replace: () => Replacement;
}

/** A full list that is being received. */
export interface Replacement {
  readonly take: (object: unknown) => void;
  /** Forgets what was taken. */
  readonly restart: () => void;
  /** Puts the list in the place of the records, and says whether any record differs. */
  readonly commit: () => boolean;
}

interface Kept<T> {
  readonly records: Map<string, T>;
  readonly uids: Map<string, string>;
}

/** `onListedRecord` is called for each record of a list that is new or has changed, before the list is complete. */
export function createRecordStore<T>(
  kind: RecordKind<T>,
  onUnreadable: (object: UnreadableObject) => void,
  onListedRecord: (record: T) => void = () => undefined,
): RecordStore<T> {
  let current: Kept<T> = { records: new Map(), uids: new Map() };

  function read(object: unknown): { readonly record: T } | FieldError {
    try {
      return { record: kind.normalize(object) };
    } catch (error) {
      if (error instanceof FieldError) return error;
      throw error;
    }
  }

  /** The key, by the object's name, or by its uid if the name can't be read; throws a FieldError if neither is known. */
  function identify(object: unknown): string {
    try {
      return objectKey(readObjectName(object, kind.namespaced));
    } catch (error) {
      const uid = uidOf(object);
      for (const [key, known] of current.uids) if (known === uid) return key;
      throw error;
    }
  }

  /** Puts an object into `target`, which is `current` or the list that will take its place. */
  function put(target: Kept<T>, object: unknown): { readonly key?: string; readonly differs: boolean } {
    const result = read(object);
    if (result instanceof FieldError) return carryOver(target, object, result);
    const { record } = result;
    const key = identify(object);
    const concerns = kind.concerns(record);
    const uid = uidOf(object);
    // A Service that stops concerning us keeps its uid: the Event that a diagnostic is resolved needs it.
    if (uid !== undefined && (concerns || current.uids.has(key))) target.uids.set(key, uid);
    if (!concerns) return { key, differs: target.records.delete(key) };
    const known = current.records.get(key);
    const same = known !== undefined && isDeepStrictEqual(known, record);
    target.records.set(key, same ? known : record);
    if (!same && target !== current) onListedRecord(record);
    return { key, differs: !same };
  }

  /** Reports an object that can't be read, and keeps its earlier record and uid. */
  function carryOver(target: Kept<T>, object: unknown, error: FieldError): ReturnType<typeof put> {
    const key = identifyIfPossible(object);
    onUnreadable({ key, error, kept: key !== undefined && current.records.has(key) });
    if (key === undefined) return { differs: false };
    copy(key, target);
    const uid = uidOf(object);
    if (uid !== undefined && current.uids.has(key)) target.uids.set(key, uid);
    return { key, differs: false };
  }

  function identifyIfPossible(object: unknown): string | undefined {
    try {
      return identify(object);
    } catch {
      return undefined;
    }
  }

  function copy(key: string, target: Kept<T>): void {
    const [record, uid] = [current.records.get(key), current.uids.get(key)];
    if (record !== undefined) target.records.set(key, record);
    if (uid !== undefined) target.uids.set(key, uid);
  }

  function remove(object: unknown): boolean {
    const key = identify(object);
    current.uids.delete(key);
    return current.records.delete(key);
  }

  function replace(): Replacement {
    const next: Kept<T> = { records: new Map(), uids: new Map() };
    const listed = new Set<string>();
    let unidentified = false;
    let differs = false;
    return {
      take: (object) => {
        const taken = put(next, object);
        if (taken.key === undefined) unidentified = true;
        else listed.add(taken.key);
        differs ||= taken.differs;
      },
      restart: () => {
        next.records.clear();
        next.uids.clear();
        listed.clear();
        unidentified = false;
        differs = false;
      },
      commit: () => {
        // An object without a readable name may be any of those that the list doesn't name, so all of them stay.
        if (unidentified)
          for (const key of [...current.records.keys(), ...current.uids.keys()])
            if (!listed.has(key)) copy(key, next);
        // `differs` is true if a record is new or has changed; if records were only removed, there are fewer of them.
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
    set: (object) => put(current, object).differs,
    remove,
    replace,
  };
}
