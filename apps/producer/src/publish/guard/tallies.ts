import type { Counts } from './owners.ts';
import { sumOf } from './owners.ts';
import { recentPeakOf, NO_PEAKS, type Peaks, recordPeaks } from './peaks.ts';

/** How many hosts or binds one namespace loses, and the most that it had within the last ten minutes. */
export interface Tally {
  readonly lost: number;
  readonly most: number;
}

/** By namespace, or `SHARED`. */
export type Tallies = ReadonlyMap<string, Tally>;
export type PeaksByOwner = ReadonlyMap<string, Peaks>;

export interface CountedByOwner {
  /** What this candidate takes away, without earlier losses. */
  readonly lost: Counts;
  /** In the standing text. */
  readonly stood: Counts;
  readonly peaks: PeaksByOwner;
  readonly now: number;
}

/**
 * What each owner has lost within the last ten minutes, including the present loss; `lost` is 0 for all if nobody
 * loses anything now.
 */
export function talliesOf({ lost, stood, peaks, now }: CountedByOwner): Tallies {
  const isLoss = lost.size > 0;
  return new Map(
    [...new Set([...stood.keys(), ...peaks.keys()])].map((owner) => {
      const count = stood.get(owner) ?? 0;
      const most = recentPeakOf(peaks.get(owner) ?? NO_PEAKS, count, now);
      return [owner, { lost: isLoss ? most - count + (lost.get(owner) ?? 0) : 0, most }];
    }),
  );
}

/** All of them together. */
export function totalOf(tallies: Tallies): Tally {
  const all = [...tallies.values()];
  return { lost: sumOf(all.map(({ lost }) => lost)), most: sumOf(all.map(({ most }) => most)) };
}

/** All but those of one owner. */
export function withoutOwner(tallies: Tallies, owner: string): Tallies {
  return new Map([...tallies].filter(([name]) => name !== owner));
}

export interface Changes {
  readonly before: Counts;
  readonly after: Counts;
  /** What doesn't count as a loss, since it was approved or has another owner now; several counts are added. */
  readonly agreed: readonly Counts[];
}

/** The peaks of all owners once a text is published; an owner without peaks is left out. */
export function recordChanges(peaks: PeaksByOwner, changes: Changes, now: number): PeaksByOwner {
  const owners = new Set([...peaks.keys(), ...changes.before.keys()]);
  return new Map(
    [...owners].flatMap((owner) => {
      const count = (counts: Counts): number => counts.get(owner) ?? 0;
      const [before, after] = [count(changes.before), count(changes.after)];
      const agreed = sumOf(changes.agreed.map(count));
      const next = recordPeaks(peaks.get(owner) ?? NO_PEAKS, { before, after, agreed }, now);
      return next.length === 0 ? [] : [[owner, next] as const];
    }),
  );
}
