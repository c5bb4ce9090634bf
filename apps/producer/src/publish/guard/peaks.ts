/** How long a loss counts together with those after it, in milliseconds. */
export const WINDOW_MS = 600_000;

/** How many there were, and until when: one entry for each publication that made them fewer. Times are in milliseconds. */
export type Peaks = readonly { readonly at: number; readonly count: number }[];

export const NO_PEAKS: Peaks = [];

/** The most of the last ten minutes; at least as many as there are. */
export function recentPeakOf(peaks: Peaks, count: number, now: number): number {
  return Math.max(count, ...peaks.filter(({ at }) => now - at < WINDOW_MS).map((peak) => peak.count));
}

export interface Change {
  readonly before: number;
  readonly after: number;
  /** How many of those that are gone somebody has agreed to: they count no more. */
  readonly agreed: number;
}

/** The peaks once a text is published. */
export function recordPeaks(peaks: Peaks, { before, after, agreed }: Change, now: number): Peaks {
  const recent = peaks.filter(({ at }) => now - at < WINDOW_MS);
  const all = after < before ? [...recent, { at: now, count: before }] : recent;
  return agreed === 0 ? all : all.map(({ at, count }) => ({ at, count: count - agreed }));
}
