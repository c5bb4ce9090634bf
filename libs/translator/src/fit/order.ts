import { fairOrder } from '@kubefigurator/config-model';
import type { Excess } from '@kubefigurator/haproxy-config';
import type { Candidate } from './candidates.ts';
import type { Load } from './load.ts';

/** The share of a text that somebody takes of what there is too much of; 1 is all of it. */
export function shareOf(load: Load, { resource, count }: Excess, text: string): number {
  // Of bytes, which may be gzipped, Services have the same share as of characters.
  return resource === 'characters' ? load.characters / text.length : load[resource] / count;
}

/** The largest share. */
export function largestShareOf(load: Load, excesses: readonly Excess[], text: string): number {
  return Math.max(0, ...excesses.map((excess) => shareOf(load, excess, text)));
}

/** The order in which candidates are left out. Among equal ones the youngest is the next. */
export function candidatesInFairOrder(
  candidates: readonly Candidate[],
  weigh: (load: Load) => number,
): readonly Candidate[] {
  return fairOrder(
    candidates,
    ({ load }) => weigh(load),
    (a, b) => b.place - a.place,
  );
}

/** The largest of all. */
export function largestOf(
  candidates: readonly Candidate[],
  weigh: (load: Load) => number,
): Candidate | undefined {
  let largest: Candidate | undefined;
  for (const candidate of candidates)
    if (largest === undefined || weigh(candidate.load) > weigh(largest.load)) largest = candidate;
  return largest;
}
