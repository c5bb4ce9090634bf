/** Up to which revision a follower knows what the store holds. */
export interface Position {
  /** All changes up to this revision of the store are known; undefined before the first listing. */
  readonly upTo: bigint | undefined;
  /** Counts the restores that were seen; revisions before and after a restore can't be compared. */
  readonly history: number;
}

export const START: Position = { upTo: undefined, history: 0 };

/**
 * What a listing is worth: `current` is at least as new as all that is known; `outdated` was answered before an event that
 * arrived first; `restored` shows a store that went back; `incomparable` was asked for before a restore known by now.
 */
export type Judgement = 'current' | 'outdated' | 'restored' | 'incomparable';

/**
 * Judges a listing by the revision in its header. A linearizable read never shows less than what was known when it was asked
 * for, unless etcd was restored or wiped; but the watch can overtake its answer, which is then outdated.
 */
export function judgeListing(asked: Position, known: Position, revision: bigint): Judgement {
  if (asked.history !== known.history) return 'incomparable';
  if (asked.upTo !== undefined && revision < asked.upTo) return 'restored';
  return known.upTo !== undefined && revision < known.upTo ? 'outdated' : 'current';
}

/** The position after a listing was taken over. */
export function positionAfterListing(known: Position, revision: bigint): Position {
  const wentBack = known.upTo !== undefined && revision < known.upTo;
  return { upTo: revision, history: known.history + (wentBack ? 1 : 0) };
}

/** True if no listing or event has shown this event's revision yet. */
export function isNewEvent(known: Position, revision: bigint): boolean {
  return known.upTo === undefined || revision > known.upTo;
}
