/** For how long a loss is added to later ones, in milliseconds: ten minutes. */
export const WINDOW_MS = 600_000;

/** The numbers before each publication that made them smaller, and when (`at`, in milliseconds) that was. */
export type Peaks = readonly { readonly at: number; readonly count: number }[];

export const NO_PEAKS: Peaks = [];

/** The largest number of the last ten minutes; `count` is the present one. */
export function recentPeakOf(peaks: Peaks, count: number, now: number): number {
  return Math.max(count, ...peaks.filter(({ at }) => now - at < WINDOW_MS).map((peak) => peak.count));
}

export interface Change {
  readonly before: number;
  readonly after: number;
  /** How many of those that are gone don't count as a loss: somebody has agreed, or another owner has them. */
  readonly agreed: number;
}

/** The peaks once a text is published; what is agreed is taken off all of them. */
export function recordPeaks(peaks: Peaks, { before, after, agreed }: Change, now: number): Peaks {
  const recent = peaks.filter(({ at }) => now - at < WINDOW_MS);
  const all = after < before ? [...recent, { at: now, count: before }] : recent;
  return agreed === 0 ? all : all.map(({ at, count }) => ({ at, count: count - agreed }));
}
