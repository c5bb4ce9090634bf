import { isDeepStrictEqual } from 'node:util';
import { FieldError } from './fields.ts';

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
  readonly set: (object: unknown) => boolean;
  readonly remove: (object: unknown) => boolean;
  /** Begins a full list; nothing is visible of it before `commit`, which says whether anything differs. */
  readonly replace: () => {
    readonly take: (object: unknown) => void;
    readonly restart: () => void;
    readonly commit: () => boolean;
  };
}

export function createRecordStore<T>(kind: RecordKind<T>): RecordStore<T> {
  let current = new Map<string, T>();

  function read(object: unknown): T | undefined {
    try {
      return kind.normalize(object);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      kind.onUnreadable(error);
      return undefined;
    }
  }

  function put(target: Map<string, T>, object: unknown): boolean {
    const record = read(object);
    if (record === undefined) return false;
    const key = kind.key(record);
    if (!kind.concerns(record)) return target.delete(key);
    const known = current.get(key);
    const same = known !== undefined && isDeepStrictEqual(known, record);
    target.set(key, same ? known : record);
    return !same;
  }

  function replace(): ReturnType<RecordStore<T>['replace']> {
    const next = new Map<string, T>();
    let differs = false;
    return {
      take: (object) => {
        differs = put(next, object) || differs;
      },
      restart: () => next.clear(),
      commit: () => {
        const changed = differs || next.size !== current.size;
        current = next;
        return changed;
      },
    };
  }

  return {
    records: () => current.values(),
    size: () => current.size,
    set: (object) => put(current, object),
    remove: (object) => {
      const record = read(object);
      return record !== undefined && current.delete(kind.key(record));
    },
    replace,
  };
}
