import { serviceKey } from '@kubefigurator/config-model';
import type { Excess } from '@kubefigurator/haproxy-config';
import type { Claims } from '../claims/claims.ts';
import type { Intent } from '../intent/intent.ts';
import type { Candidate } from './candidates.ts';
import type { Load } from './load.ts';
import { inFairOrder, shareOf } from './order.ts';
import type { Published } from './published.ts';

/** A result of the stages from intents to the text. */
export interface BuiltText {
  readonly text: string;
  readonly claims: Claims;
}

export interface Search<Built extends BuiltText> {
  readonly intents: readonly Intent[];
  /** Those that may be left out. */
  readonly candidates: readonly Candidate[];
  readonly published: Published;
  readonly weigh: (load: Load) => number;
  readonly buildText: (intents: readonly Intent[]) => Built;
  /** The limits that a text exceeds; none if it fits. */
  readonly excess: (built: Built) => readonly Excess[];
}

export interface Found<Built> {
  /** The text without those that are left out; too large if it is too large without any candidate. */
  readonly built: Built;
  readonly leftOut: readonly Candidate[];
  readonly excesses: readonly Excess[];
}

/**
 * The text without as few candidates as possible: the largest of the namespace that takes most comes first. `whole` is
 * the text with all of them, which is too large.
 */
export function leaveOutFewest<Built extends BuiltText>(
  search: Search<Built>,
  whole: { readonly built: Built; readonly excesses: readonly Excess[] },
): Found<Built> {
  const ordered = { ...search, candidates: inFairOrder(search.candidates, search.weigh) };
  const start = { ...whole, left: 0 };
  const { fitting, tooLarge } = fewestLeftOut(ordered, start);
  if (fitting !== undefined) return settle(ordered, { whole: start, fitting });
  return { built: tooLarge.built, leftOut: ordered.candidates, excesses: tooLarge.excesses };
}

/** What is asked for without some candidates: of a published one that has grown, what stands published stays. */
export function withoutCandidates(
  intents: readonly Intent[],
  candidates: readonly Candidate[],
  published: Published,
): readonly Intent[] {
  const out = new Set(candidates.map(serviceKey));
  return intents.flatMap((intent) =>
    !out.has(serviceKey(intent.source)) || published.isWhole(intent)
      ? [intent]
      : (published.partOf(intent) ?? []),
  );
}

/** The text without the first candidates. */
interface Try<Built> {
  readonly built: Built;
  /** How many candidates are left out. */
  readonly left: number;
  readonly excesses: readonly Excess[];
}

interface Tried<Built> {
  /** Undefined if the text is too large without any of them. */
  readonly fitting: Try<Built> | undefined;
  /** The last one that was too large. */
  readonly tooLarge: Try<Built>;
}

/** The text may have megabytes, so that the number is estimated from the excess first, and then bisected. */
function fewestLeftOut<Built extends BuiltText>(search: Search<Built>, whole: Try<Built>): Tried<Built> {
  let tooLarge = whole;
  let fitting: Try<Built> | undefined;
  while (tooLarge.left < (fitting?.left ?? search.candidates.length + 1) - 1) {
    const left =
      fitting === undefined ? estimate(search, tooLarge) : Math.floor((tooLarge.left + fitting.left) / 2);
    const next = tryWithout(search, left);
    if (next.excesses.length === 0) fitting = next;
    else tooLarge = next;
  }
  return { fitting, tooLarge };
}

/**
 * Once the others are published, the next text decides again between those that were left out, and they may have another
 * order without the others. That decision is made at once, so that a text doesn't change if the cluster doesn't.
 */
function settle<Built extends BuiltText>(
  search: Search<Built>,
  { whole, fitting }: { readonly whole: Try<Built>; readonly fitting: Try<Built> },
): Found<Built> {
  const leftOut = search.candidates.slice(0, fitting.left);
  const settled = { built: fitting.built, excesses: [] };
  if (fitting.left < 2) return { ...settled, leftOut };
  const again = { ...search, candidates: inFairOrder(leftOut, search.weigh) };
  const oneMore = tryWithout(again, fitting.left - 1);
  if (oneMore.excesses.length > 0) return { ...settled, leftOut: again.candidates };
  const fewer = { ...again, candidates: again.candidates.slice(0, oneMore.left) };
  const found = fewestLeftOut(fewer, whole).fitting ?? oneMore;
  return settle(fewer, { whole, fitting: found });
}

function tryWithout<Built extends BuiltText>(search: Search<Built>, left: number): Try<Built> {
  const { intents, candidates, published } = search;
  const built = search.buildText(withoutCandidates(intents, candidates.slice(0, left), published));
  return { built, left, excesses: search.excess(built) };
}

/** How many candidates to leave out next, if the text shrinks with their loads; at least one more, and twice as many. */
function estimate<Built extends BuiltText>(
  { candidates }: Search<Built>,
  { built, left, excesses }: Try<Built>,
): number {
  const surplus = excesses.map((excess) => ({
    excess,
    share: 1 - (excess.part * excess.most) / excess.count,
  }));
  let next = left;
  while (next < candidates.length && (next === left || surplus.some(({ share }) => share > 0))) {
    const load = candidates[next]?.load;
    if (load !== undefined) for (const each of surplus) each.share -= shareOf(load, each.excess, built.text);
    next += 1;
  }
  return Math.max(next, Math.min(2 * left, candidates.length));
}
