import type { IEvent, IKeyValue } from 'etcd3';
import { decodeEntry, sameEntry, type Entry } from '../keys/entry.ts';
import type { Selection } from '../keys/store-keys.ts';

/** All keys of a selection that exist, by the name that the selection gives them. */
export type Entries<T> = ReadonlyMap<string, Entry<T>>;

/** What became of one key since the last report. */
export type EntryChange<T> =
  | { readonly kind: 'put'; readonly member: string; readonly entry: Entry<T> }
  | { readonly kind: 'deleted'; readonly member: string };

export function decodeEntries<T>(selection: Selection<T>, kvs: readonly IKeyValue[]): Entries<T> {
  return new Map(kvs.map((kv) => [selection.memberOf(kv.key), decodeEntry(kv, selection.codec)]));
}

/** The entries after these events; if one key has several events, only the value of the last one is decoded. */
export function applyWatchEvents<T>(
  selection: Selection<T>,
  before: Entries<T>,
  events: readonly IEvent[],
): Entries<T> {
  const newest = new Map(events.map((event) => [selection.memberOf(event.kv.key), event]));
  const after = new Map(before);
  for (const [member, event] of newest) {
    if (isDeletion(event)) after.delete(member);
    else after.set(member, decodeEntry(event.kv, selection.codec));
  }
  return after;
}

/** The changes that lead from one state to another, deletions first. */
export function entryChanges<T>(before: Entries<T>, after: Entries<T>): readonly EntryChange<T>[] {
  const changes: EntryChange<T>[] = [];
  for (const member of before.keys()) if (!after.has(member)) changes.push({ kind: 'deleted', member });
  for (const [member, entry] of after) {
    const known = before.get(member);
    if (known === entry || (known !== undefined && sameEntry(known, entry))) continue;
    changes.push({ kind: 'put', member, entry });
  }
  return changes;
}

/** True if a listing, whose values may be left out, shows the same keys at the same revisions. */
export function sameRevisions<T>(
  selection: Selection<T>,
  known: Entries<T>,
  kvs: readonly IKeyValue[],
): boolean {
  return (
    kvs.length === known.size &&
    kvs.every((kv) => known.get(selection.memberOf(kv.key))?.revision === kv.mod_revision)
  );
}

/** etcd3 types the event as `Delete`; the decoder of its stream gives etcd's own name. */
function isDeletion({ type }: IEvent): boolean {
  return type === 'Delete' || String(type) === 'DELETE';
}
