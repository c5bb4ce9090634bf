import { serviceKey } from '@kubefigurator/config-model';
import type { Excess } from '@kubefigurator/haproxy-config';
import type { Claims } from '../claims/claims.ts';
import type { Intent } from '../intent/intent.ts';
import type { Candidate } from './candidates.ts';
import type { Load } from './load.ts';
import { candidatesInFairOrder, shareOf } from './order.ts';
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
 * The text without as few candidates as possible: the largest of the namespace that takes most comes first. `whole` is
 * the text with all of them, which is too large.
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

/** The text without the first candidates. */
interface Try<Built> {
  readonly built: Built;
  /** How many of the candidates are left out, from the first on. */
  readonly leftOut: number;
  readonly excesses: readonly Excess[];
}

interface Tried<Built> {
  /** Undefined if the text is too large without any of them. */
  readonly fitting: Try<Built> | undefined;
  /** The last one that was too large. */
  readonly tooLarge: Try<Built>;
}

/**
 * The text may have megabytes, so that few are tried: first as many as the last time, and their neighbours; then the number
 * is estimated from the excess, and bisected.
 */
function fewestLeftOut<Built extends BuiltText>(search: Search<Built>, whole: Try<Built>): Tried<Built> {
  const guesses = guessesOf(search);
  let tooLarge = whole;
  let fitting: Try<Built> | undefined;
  while (tooLarge.leftOut < (fitting?.leftOut ?? search.candidates.length + 1) - 1) {
    const most = fitting?.leftOut ?? search.candidates.length + 1;
    const guess = guesses.find((each) => each > tooLarge.leftOut && each < most);
    const leftOut =
      guess ??
      (fitting === undefined
        ? estimate(search, tooLarge)
        : Math.floor((tooLarge.leftOut + fitting.leftOut) / 2));
    const next = tryWithout(search, leftOut);
    if (next.excesses.length === 0) fitting = next;
    else tooLarge = next;
  }
  return { fitting, tooLarge };
}

/** Numbers to try first. */
function guessesOf<Built extends BuiltText>({ candidates, leftOutBefore }: Search<Built>): readonly number[] {
  const before = candidates.filter((candidate) => leftOutBefore?.has(serviceKey(candidate)) === true).length;
  return before === 0 ? [] : [before, before - 1, before + 1];
}

/**
 * In the next pass those that are served now are published and no candidates any more. The fair order of the rest may
 * then be another one, by which fewer need to be left out. So the search goes on among those that are left out until it
 * finds no better answer: otherwise the next text would be another one though nothing in the cluster has changed.
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
 * How many candidates to leave out next if a text without any load of theirs is so much smaller; in any case one more
 * than before, and at least twice as many. `share` is the part of the text that still has to go.
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
