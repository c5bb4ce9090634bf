import { serviceKey } from '@kubefigurator/config-model';
import type { Excess } from '@kubefigurator/haproxy-config';
import type { Claims } from '../claims/claims.ts';
import type { StandingClaims } from '../claims/standing.ts';
import { NOTHING_STANDS } from '../claims/standing.ts';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent } from '../intent/intent.ts';
import type { Candidate } from './candidates.ts';
import { candidatesOf } from './candidates.ts';
import type { Load } from './load.ts';
import { nothingFits, noRoom } from './no-room.ts';
import type { Published } from './published.ts';
import { NOTHING_PUBLISHED } from './published.ts';
import { inFairOrder, largestOf, shareOf, weightOf } from './order.ts';

/** A result of the stages from intents to the text. */
interface BuiltText {
  readonly text: string;
  readonly claims: Claims;
}

export interface FitOptions<Built extends BuiltText> {
  readonly standing: StandingClaims;
  readonly published: Published;
  /** The number of nodes, each of which is a server in every backend. */
  readonly nodes: number;
  readonly buildText: (intents: readonly Intent[]) => Built;
  /** The limits that a text exceeds; none if it may be published. */
  readonly excess: (built: Built) => readonly Excess[];
}

export interface Fitted<Built> {
  readonly built: Built;
  readonly diagnostics: readonly Diagnostic[];
  /** The limits that the text exceeds even without all that may be left out; with one it must not be published. */
  readonly excesses: readonly Excess[];
}

/**
 * Builds the text; if it is too large, leaves out Services among those that aren't published yet, the largest of the
 * namespace that takes most, as few as possible, until it fits. Of a published one that has grown, what stands
 * published stays. If the text is too large without any of them, nothing is left out, since nothing can be taken from
 * those who are served: the result is the whole text, which must not be published, and the largest Service is named.
 */
export function fit<Built extends BuiltText>(
  intents: readonly Intent[],
  options: FitOptions<Built>,
): Fitted<Built> {
  const { standing, published, nodes } = options;
  const built = options.buildText(intents);
  const excesses = options.excess(built);
  if (excesses.length === 0) return { built, diagnostics: [], excesses };
  const candidates = candidatesOf({ intents, claims: built.claims, standing, published, nodes, excesses });
  const weigh = (load: Load): number => weightOf(load, excesses, built.text);
  const search = { ...options, intents, weigh, candidates: inFairOrder(candidates, weigh) };
  const whole = { built, left: 0, excesses };
  const { fitting, tooLarge } = fewestLeftOut(search, whole);
  if (fitting === undefined) {
    const nothing = { standing: NOTHING_STANDS, published: NOTHING_PUBLISHED };
    const all = candidatesOf({ ...nothing, intents, claims: built.claims, nodes, excesses });
    const largest = largestOf(all, (load) => weightOf(load, tooLarge.excesses, built.text));
    const diagnostics = largest === undefined ? [] : [nothingFits(largest, tooLarge.excesses)];
    return { built, diagnostics, excesses: tooLarge.excesses };
  }
  const settled = settle(search, { whole, fitting });
  return {
    built: settled.built,
    diagnostics: settled.leftOut.map((candidate) => noRoom(candidate, { published, excesses })),
    excesses: [],
  };
}

interface Search<Built extends BuiltText> extends FitOptions<Built> {
  readonly weigh: (load: Load) => number;
  /** In the order in which they are left out. */
  readonly candidates: readonly Candidate[];
  readonly intents: readonly Intent[];
}

/** The text without the first candidates. */
interface Try<Built> {
  readonly built: Built;
  /** How many candidates are left out. */
  readonly left: number;
  readonly excesses: readonly Excess[];
}

interface Found<Built> {
  /** Undefined if the text is too large without any of them. */
  readonly fitting: Try<Built> | undefined;
  /** The last one that was too large. */
  readonly tooLarge: Try<Built>;
}

/** The text may have megabytes, so that the number is estimated from the excess first, and then bisected. */
function fewestLeftOut<Built extends BuiltText>(search: Search<Built>, whole: Try<Built>): Found<Built> {
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

interface Settled<Built> {
  readonly built: Built;
  readonly leftOut: readonly Candidate[];
}

/**
 * Once the others are published, the next text decides again between those that were left out, and they may have another
 * order without the others. That decision is made at once, so that a text doesn't change if the cluster doesn't.
 */
function settle<Built extends BuiltText>(
  search: Search<Built>,
  { whole, fitting }: { readonly whole: Try<Built>; readonly fitting: Try<Built> },
): Settled<Built> {
  const leftOut = search.candidates.slice(0, fitting.left);
  const again = { ...search, candidates: inFairOrder(leftOut, search.weigh) };
  if (fitting.left < 2) return { built: fitting.built, leftOut };
  const oneMore = tryWithout(again, fitting.left - 1);
  if (oneMore.excesses.length > 0) return { built: fitting.built, leftOut: again.candidates };
  const fewer = { ...again, candidates: again.candidates.slice(0, oneMore.left) };
  const found = fewestLeftOut(fewer, whole).fitting ?? oneMore;
  return settle(fewer, { whole, fitting: found });
}

function tryWithout<Built extends BuiltText>(search: Search<Built>, left: number): Try<Built> {
  const built = search.buildText(withoutFirst(search, left));
  return { built, left, excesses: search.excess(built) };
}

/** How many candidates to leave out next, if the text shrinks with their loads; at least one more, and twice as many. */
function estimate<Built extends BuiltText>(
  { candidates }: Search<Built>,
  { built, left, excesses }: Try<Built>,
): number {
  const surplus = excesses.map((excess) => ({ excess, share: 1 - excess.most / excess.count }));
  let next = left;
  while (next < candidates.length && (next === left || surplus.some(({ share }) => share > 0))) {
    const load = candidates[next]?.load;
    if (load !== undefined) for (const each of surplus) each.share -= shareOf(load, each.excess, built.text);
    next += 1;
  }
  return Math.max(next, Math.min(2 * left, candidates.length));
}

function withoutFirst<Built extends BuiltText>(
  { intents, candidates, published }: Search<Built>,
  left: number,
): readonly Intent[] {
  const out = new Set(candidates.slice(0, left).map(serviceKey));
  return intents.flatMap((intent) =>
    !out.has(serviceKey(intent.source)) || published.isWhole(intent)
      ? [intent]
      : (published.partOf(intent) ?? []),
  );
}
