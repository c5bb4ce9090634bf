import { fairOrder } from '@kubefigurator/config-model';
import type { Excess } from '@kubefigurator/haproxy-config';
import type { Candidate } from './candidates.ts';
import type { Load } from './load.ts';

/** The share that `load` has of a resource of which the text has too much, from 0 to 1 (all of it). */
export function shareOf(load: Load, { resource, count }: Excess, text: string): number {
  // This limit may be one of gzipped bytes; Services have the same share of these as of characters.
  return resource === 'characters' ? load.characters / text.length : load[resource] / count;
}

/** The largest share that `load` has of a resource of which there is too much. */
export function largestShareOf(load: Load, excesses: readonly Excess[], text: string): number {
  return Math.max(0, ...excesses.map((excess) => shareOf(load, excess, text)));
}

/** The order in which candidates are left out; of equal ones the youngest comes first. */
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

/** The largest of all; undefined if there are none. */
export function largestOf(
  candidates: readonly Candidate[],
  weigh: (load: Load) => number,
): Candidate | undefined {
  let largest: Candidate | undefined;
  for (const candidate of candidates)
    if (largest === undefined || weigh(candidate.load) > weigh(largest.load)) largest = candidate;
  return largest;
}
