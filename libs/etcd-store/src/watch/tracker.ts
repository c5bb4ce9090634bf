import type { IRangeResponse } from 'etcd3';
import type { Selection } from '../keys/store-keys.ts';
import {
  applyWatchEvents,
  entryChanges,
  decodeEntries,
  sameRevisions,
  type Entries,
  type EntryChange,
} from './changes.ts';
import {
  positionAfterListing,
  isNewEvent,
  judgeListing,
  START,
  type Judgement,
  type Position,
} from './position.ts';
import type { WatchMessage } from './watch-stream.ts';

/** What a listener gets: the whole state, and what is new in it. */
export interface EntriesReport<T> {
  /** All keys of the selection; never changed afterwards. */
  readonly entries: Entries<T>;
  /** What has changed since the report before; all entries in the first report, which is made even if there are none. */
  readonly changes: readonly EntryChange<T>[];
  /** The store's revision in the answer that showed this; it can be ahead of the entries while the watch catches up. */
  readonly revision: string;
}

/** Brings listings and events into one order and reports each change once. */
export interface Tracker {
  readonly position: () => Position;
  /** Takes over a listing, unless something newer is known; `asked` is the position when the request was sent. */
  readonly list: (asked: Position, response: IRangeResponse) => Judgement;
  /**
   * Compares a listing without values with what is known, and takes nothing over; the result says whether the watch has
   * missed a change.
   */
  readonly compare: (asked: Position, response: IRangeResponse) => Comparison;
  /** Takes over the events of one message that no listing has shown. */
  readonly apply: (message: WatchMessage) => void;
}

/** `missed`: the listing shows another state than the known one, although nothing newer is known. */
export type Comparison = Judgement | 'missed';

export function createTracker<T>(
  selection: Selection<T>,
  onChange: (report: EntriesReport<T>) => void,
): Tracker {
  let position = START;
  let entries: Entries<T> | undefined;

  function update(after: Entries<T>, revision: string): void {
    const changes = entryChanges(entries ?? new Map<string, never>(), after);
    // Equal values that a listing decoded again would stay in memory beside those that the listener has.
    if (entries !== undefined && changes.length === 0) return;
    entries = after;
    onChange({ entries: after, changes, revision });
  }

  return {
    position: () => position,
    list: (asked, { kvs, header }) => {
      const revision = BigInt(header.revision);
      const judgement = judgeListing(asked, position, revision);
      if (judgement === 'incomparable' || judgement === 'outdated') return judgement;
      position = positionAfterListing(position, revision);
      update(decodeEntries(selection, kvs), header.revision);
      return judgement;
    },
    compare: (asked, { kvs, header }) => {
      const judgement = judgeListing(asked, position, BigInt(header.revision));
      if (judgement !== 'current') return judgement;
      return sameRevisions(selection, entries ?? new Map<string, never>(), kvs) ? judgement : 'missed';
    },
    apply: ({ events, revision }) => {
      const news = events.filter(({ kv }) => isNewEvent(position, BigInt(kv.mod_revision)));
      const newest = news.at(-1);
      if (newest === undefined) return;
      // The header's revision can be ahead of events that are still to come, if the watch catches up (etcd 3.4).
      position = { ...position, upTo: BigInt(newest.kv.mod_revision) };
      update(applyWatchEvents(selection, entries ?? new Map<string, never>(), news), revision);
    },
  };
}
