import { serviceKey } from '@kubefigurator/config-model';
import type { Excess } from '@kubefigurator/haproxy-config';
import type { Claims } from '../claims/claims.ts';
import type { Intent } from '../intent/intent.ts';
import type { Candidate } from './candidates.ts';
import type { Load } from './load.ts';
import { candidatesInFairOrder, shareOf } from './order.ts';
import type { Published } from './published.ts';

/** What the stages from intents to the text give. */
export interface BuiltText {
  readonly text: string;
  readonly claims: Claims;
}

export interface Search<Built extends BuiltText> {
  readonly intents: readonly Intent[];
  /** Those that may be left out. */
  readonly candidates: readonly Candidate[];
  readonly published: Published;
  /** How large a load is, to compare candidates; the unit doesn't matter. */
  readonly weigh: (load: Load) => number;
  readonly buildText: (intents: readonly Intent[]) => Built;
  /** The limits that a text exceeds; none if it fits. */
  readonly excess: (built: Built) => readonly Excess[];
  /** The Services that were left out the last time, by `serviceKey`. */
  readonly leftOutBefore: ReadonlySet<string> | undefined;
}

export interface Found<Built> {
  /** The text without those that are left out; too large if it is too large without any candidate. */
  readonly built: Built;
  readonly leftOut: readonly Candidate[];
  readonly excesses: readonly Excess[];
}

/**
 * The text with as few candidates left out as possible; the largest one of the namespace that takes most is the first.
 * `whole` is the text with all of them, which is too large.
 */
export function leaveOutFewest<Built extends BuiltText>(
  search: Search<Built>,
  whole: { readonly built: Built; readonly excesses: readonly Excess[] },
): Found<Built> {
  const ordered = { ...search, candidates: candidatesInFairOrder(search.candidates, search.weigh) };
  const start = { ...whole, leftOut: 0 };
  const { fitting, tooLarge } = fewestLeftOut(ordered, start);
  if (fitting !== undefined) return settle(ordered, { whole: start, fitting });
  return { built: tooLarge.built, leftOut: ordered.candidates, excesses: tooLarge.excesses };
}

/**
 * The intents if these candidates are left out. Leaving a Service out takes away only what isn't published yet: an intent
 * that is published as it is stays, and of one that has grown the published part stays.
 */
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

/** A text that was built without the first candidates. */
interface Try<Built> {
  readonly built: Built;
  /** How many of the candidates are left out, from the first on. */
  readonly leftOut: number;
  readonly excesses: readonly Excess[];
}

interface Tried<Built> {
  /** The one with the fewest left out that fits; undefined if the text is too large even without all candidates. */
  readonly fitting: Try<Built> | undefined;
  /** The one with the most left out that is still too large. */
  readonly tooLarge: Try<Built>;
}

/**
 * Tries as few texts as possible, since one may have megabytes. First as many candidates as in the pass before are left out,
 * and one fewer or more; then the number is estimated from the excess until a text fits, and then bisected.
 */
function fewestLeftOut<Built extends BuiltText>(search: Search<Built>, whole: Try<Built>): Tried<Built> {
  const guesses = guessesOf(search);
  let tooLarge = whole;
  let fitting: Try<Built> | undefined;
  for (;;) {
    const enough = fitting?.leftOut ?? search.candidates.length + 1;
    if (tooLarge.leftOut + 1 >= enough) return { fitting, tooLarge };
    const guess = guesses.find((each) => each > tooLarge.leftOut && each < enough);
    const leftOut =
      guess ??
      (fitting === undefined
        ? estimate(search, tooLarge)
        : Math.floor((tooLarge.leftOut + fitting.leftOut) / 2));
    const next = tryWithout(search, leftOut);
    if (next.excesses.length === 0) fitting = next;
    else tooLarge = next;
  }
}

/** How many candidates to leave out in the first tries; none if nothing was left out before. */
function guessesOf<Built extends BuiltText>({ candidates, leftOutBefore }: Search<Built>): readonly number[] {
  const before = candidates.filter((candidate) => leftOutBefore?.has(serviceKey(candidate)) === true).length;
  return before === 0 ? [] : [before, before - 1, before + 1];
}

/**
 * Searches on among those that are left out, until no fewer are enough. In the next pass those that are served now are
 * published, and no candidates any more; the fair order of the rest may be another one, by which fewer need to be left out.
 * Without this search the next text would then be another one, although nothing in the cluster has changed.
 */
function settle<Built extends BuiltText>(
  search: Search<Built>,
  { whole, fitting }: { readonly whole: Try<Built>; readonly fitting: Try<Built> },
): Found<Built> {
  const leftOut = search.candidates.slice(0, fitting.leftOut);
  const settled = { built: fitting.built, excesses: [] };
  if (fitting.leftOut < 2) return { ...settled, leftOut };
  const again = { ...search, candidates: candidatesInFairOrder(leftOut, search.weigh) };
  const oneFewer = tryWithout(again, fitting.leftOut - 1);
  if (oneFewer.excesses.length > 0) return { ...settled, leftOut: again.candidates };
  const fewer = { ...again, candidates: again.candidates.slice(0, oneFewer.leftOut) };
  const found = fewestLeftOut(fewer, whole).fitting ?? oneFewer;
  return settle(fewer, { whole, fitting: found });
}

function tryWithout<Built extends BuiltText>(search: Search<Built>, leftOut: number): Try<Built> {
  const { intents, candidates, published } = search;
  const built = search.buildText(withoutCandidates(intents, candidates.slice(0, leftOut), published));
  return { built, leftOut, excesses: search.excess(built) };
}

/**
 * How many candidates to leave out next: as many as it takes, by their loads, until the excess is gone; but more than
 * before, and at least twice as many if there are so many. `share` is the part of the text that still has to go.
 */
function estimate<Built extends BuiltText>(
  { candidates }: Search<Built>,
  { built, leftOut, excesses }: Try<Built>,
): number {
  const surplus = excesses.map((excess) => ({
    excess,
    share: 1 - (excess.part * excess.most) / excess.count,
  }));
  let next = leftOut;
  while (next < candidates.length && (next === leftOut || surplus.some(({ share }) => share > 0))) {
    const load = candidates[next]?.load;
    if (load !== undefined) for (const each of surplus) each.share -= shareOf(load, each.excess, built.text);
    next += 1;
  }
  return Math.max(next, Math.min(2 * leftOut, candidates.length));
}
