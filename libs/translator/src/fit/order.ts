import type { Excess } from '@kubefigurator/haproxy-config';
import type { Candidate } from './candidates.ts';
import type { Load } from './load.ts';

/** The share of a text that somebody takes of what there is too much of; 1 is all of it. */
export function shareOf(load: Load, { resource, count }: Excess, text: string): number {
  // Of bytes, which may be gzipped, Services have the same share as of characters.
  return resource === 'characters' ? load.characters / text.length : load[resource] / count;
}

/** The largest share. */
export function weightOf(load: Load, excesses: readonly Excess[], text: string): number {
  return Math.max(0, ...excesses.map((excess) => shareOf(load, excess, text)));
}

/**
 * The order in which candidates are left out: the next one is always the largest of that namespace whose candidates take
 * most together, of those that are left. So many Services of one namespace push out none of another that asks for little.
 * Among equal ones the youngest is the next.
 */
export function inFairOrder(
  candidates: readonly Candidate[],
  weigh: (load: Load) => number,
): readonly Candidate[] {
  const namespaces = new Map<string, Weighed[]>();
  for (const candidate of candidates) {
    const weighed = { candidate, weight: weigh(candidate.load), together: 0 };
    const others = namespaces.get(candidate.namespace);
    if (others === undefined) namespaces.set(candidate.namespace, [weighed]);
    else others.push(weighed);
  }
  for (const weighed of namespaces.values()) addUp(weighed);
  return [...namespaces.values()]
    .flat()
    .sort((a, b) => b.together - a.together || youngestFirst(a, b))
    .map(({ candidate }) => candidate);
}

interface Weighed {
  readonly candidate: Candidate;
  readonly weight: number;
  /** What the namespace takes before this one is left out: with this one and its smaller ones. */
  together: number;
}

function addUp(weighed: Weighed[]): void {
  weighed.sort((a, b) => a.weight - b.weight || youngestFirst(b, a));
  let sum = 0;
  for (const each of weighed) {
    sum += each.weight;
    each.together = sum;
  }
}

function youngestFirst({ candidate: a }: Weighed, { candidate: b }: Weighed): number {
  return b.place - a.place;
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
