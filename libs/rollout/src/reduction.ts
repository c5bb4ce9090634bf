import type { Blame, SourceRef } from '@kubefigurator/config-model';
import type { Losable, ParsedText } from '@kubefigurator/haproxy-config';
import {
  halvingAfterSuccess,
  halvingAfterRefusal,
  beginHalving,
  beginHalvingWithoutNew,
  bindPoints,
  freshPorts,
  isHalvingOver,
  isolate,
  leaveOut,
  portsLeftOutBy,
  parseConfigText,
  unresolvedSuspects,
  whyReductionIsWorse,
  widenBlame,
  halvingWithoutPorts,
} from '@kubefigurator/haproxy-config';
import { isSameTarget, reduceTarget, textServedNow } from './attempt.ts';
import type { Answer, Attempt, Search } from './decision.ts';
import type { Moment } from './moment.ts';
import type { Observation } from './observation.ts';

/** From so many refusals on, a blamed namespace loses its new ports for now, even if no other namespace waits. */
const REFUSALS_OF_A_NAMESPACE = 8;
/** After so many refusals, the Services still at fault are searched by halves, even if HAProxy names some. */
const MOST_REDUCTIONS = 12;
/**
 * In milliseconds; one check may take a minute. A search that takes longer ends: ports that are new and not tried yet
 * are left out, but if a port that runs already isn't tried yet in its changed form, the text is rejected.
 */
const LONGEST_SEARCH_MS = 60_000;
/** The same if checks end at their limit of time or memory, so that each step takes long. */
const LONGEST_SLOW_SEARCH_MS = 180_000;
/** A check in such a search may take this many times as long as the first one that was accepted. */
const SLOWER = 3;
/** The least time that a check in such a search may take. */
const SHORTEST_LIMIT_MS = 10_000;
/** How much of HAProxy's message is repeated, in characters. */
const LONGEST_MESSAGE = 500;

type Refused = Extract<Answer, { kind: 'refused' }>;

interface Facts {
  readonly observation: Observation;
  readonly at: Moment;
}

/**
 * Leaves the refused parts out of the text. If nobody is named, or after too many refusals, the Services at fault are
 * searched among those that are new or changed. If nothing may be left out, or if the policy is strict, the text is
 * rejected and what runs is kept.
 */
export function learnRefused(before: Attempt, answer: Refused, facts: Facts): Attempt {
  const attempt = { ...before, isExhausted: before.isExhausted || answer.isExhausted === true };
  const { search, reductions } = attempt;
  if (facts.at.policy.strict || reductions > MOST_REDUCTIONS) return rejectAttempt(attempt, answer);
  if (search !== undefined) return searchAfterRefusal(attempt, search, answer, facts);
  if (reductions === MOST_REDUCTIONS) return beginSearch(attempt, answer, facts);
  const blame = blameOf(attempt, answer, facts);
  const isolation = isolate(attempt.target.portable, blame, losableOf(attempt, facts));
  if (isolation.kind === 'impossible') return rejectAttempt(attempt, answer, isolation.reason);
  if (isolation.kind === 'unclear') return beginSearch(attempt, answer, facts);
  const leftOut = [...attempt.target.leftOut, ...blame];
  const target = reduceTarget(attempt.target, isolation, leftOut, facts.observation);
  // Nothing was left out: a refused file that no Service asked for can be taken from a list only.
  if (isSameTarget(target, attempt.target)) return beginSearch(attempt, answer, facts);
  return { ...attempt, target, reductions: reductions + 1 };
}

/** The candidate can be installed, unless it is one step of a search. */
export function learnValid(attempt: Attempt, facts: Facts): Attempt {
  const { search } = attempt;
  if (search === undefined) return { ...attempt, isValid: true };
  const next = {
    ...search,
    halving: halvingAfterSuccess(search.halving),
    checkMs: checkMsAfter(search, facts),
  };
  // The accepted candidate has no suspect that wasn't tried, so it may be the result as it is.
  return isAtEnd(next, facts)
    ? endSearch(attempt, next, { isProven: true }, facts)
    : tryNext(attempt, next, facts);
}

/** The limit of time for the next checks, after HAProxy accepted a candidate of the search. */
function checkMsAfter({ refused, halving, triedAt, checkMs }: Search, { at }: Facts): number | undefined {
  if (refused.isExhausted !== true || halving.isAnyAccepted) return checkMs;
  return Math.max(SHORTEST_LIMIT_MS, SLOWER * (at.now - triedAt));
}

/** What this refusal blames; from the second refusal of a pass on, that is widened. */
function blameOf(
  { reductions, target }: Attempt,
  { blame }: Refused,
  { observation }: Facts,
): readonly Blame[] {
  if (reductions === 0) return blame;
  const fresh = freshPorts(target.config, textServedNow(observation));
  const isPatienceOver = reductions >= REFUSALS_OF_A_NAMESPACE;
  return widenBlame({ before: target.leftOut, now: blame, fresh, isPatienceOver });
}

function losableOf({ whole }: Attempt, { observation }: Facts): Losable {
  return { running: textServedNow(observation), whole: whole.config };
}

/** The attempt ends: HAProxy goes on with what it runs. `reason` says why the parts that were blamed aren't left out. */
export function rejectAttempt(attempt: Attempt, { stage, blame }: Refused, reason?: string): Attempt {
  const why = reason === undefined ? [] : [{ sources: [], message: reason }];
  const known = attempt.search?.leftOut ?? attempt.target.leftOut;
  const rejection = { kind: 'rejected' as const, stage, blame: [...known, ...blame, ...why] };
  return { ...attempt, search: undefined, rejection };
}

function beginSearch(attempt: Attempt, refused: Refused, facts: Facts): Attempt {
  const { target } = attempt;
  const fresh = freshPorts(target.config, textServedNow(facts.observation));
  const halving = refused.isExhausted === true ? beginHalvingWithoutNew(fresh) : beginHalving(fresh);
  if (halving === undefined) return rejectAttempt(attempt, refused);
  const { portable: from, leftOut } = target;
  const { now } = facts.at;
  const search = { halving, from, leftOut, refused, beganAt: now, triedAt: now, checkMs: undefined };
  return tryNext(attempt, search, facts);
}

function searchAfterRefusal(attempt: Attempt, search: Search, answer: Refused, facts: Facts): Attempt {
  const isolation = isolate(search.from, answer.blame, losableOf(attempt, facts));
  if (isolation.kind === 'impossible') return rejectAttempt(attempt, answer, isolation.reason);
  const namesParts = isolation.kind === 'reduced' && isolation.text !== search.from.text;
  if (namesParts) {
    // Of a shared line or a bind it isn't known which of its ports is at fault: these stay in the search.
    const named = answer.blame.flatMap(({ sources, shared, bind }) =>
      shared === true || bind !== undefined ? [] : sources,
    );
    const halving = halvingWithoutPorts(search.halving, named);
    const leftOut = [...search.leftOut, ...answer.blame];
    const { text, config } = isolation;
    return tryNext(attempt, { ...search, halving, from: { text, config }, leftOut }, facts);
  }
  const halving = halvingAfterRefusal(search.halving);
  return halving === undefined
    ? rejectAttempt(attempt, search.refused)
    : tryNext(attempt, { ...search, halving }, facts);
}

function isAtEnd({ halving, beganAt, refused }: Search, { at }: Facts): boolean {
  const longest = refused.isExhausted === true ? LONGEST_SLOW_SEARCH_MS : LONGEST_SEARCH_MS;
  return isHalvingOver(halving) || at.now - beganAt > longest;
}

function tryNext(attempt: Attempt, search: Search, facts: Facts): Attempt {
  let { halving } = search;
  let portable = without(search.from, portsLeftOutBy(halving));
  // HAProxy isn't asked about a text that serves nothing.
  while (!isAtEnd({ ...search, halving }, facts) && bindPoints(portable.config, 1).length === 0) {
    halving = halvingAfterSuccess(halving);
    portable = without(search.from, portsLeftOutBy(halving));
  }
  const next = { ...search, halving, triedAt: facts.at.now };
  if (isAtEnd(next, facts)) return endSearch(attempt, next, { isProven: false }, facts);
  return {
    ...attempt,
    search: next,
    target: reduceTarget(attempt.target, portable, search.leftOut, facts.observation),
  };
}

/** Leaves out what was found guilty or wasn't tried. `isProven` is true if HAProxy has just accepted what is left. */
function endSearch(
  attempt: Attempt,
  search: Search,
  { isProven }: { readonly isProven: boolean },
  facts: Facts,
): Attempt {
  const { halving, from, leftOut, refused } = search;
  const rest = unresolvedSuspects(halving);
  // Without any proof only what is new is left out: nobody loses what is served now.
  if (rest.some(({ isNew }) => !isNew)) return rejectAttempt(attempt, refused);
  const haproxySays = refused.blame
    .map(({ message }) => message)
    .join('; ')
    .slice(0, LONGEST_MESSAGE);
  const blame = [
    ...halving.guilty.map(({ ports }) => ({
      sources: ports,
      message: `HAProxy accepts the text without this Service only, and says: ${haproxySays}`,
    })),
    ...rest.map(({ ports }) => ({
      sources: ports,
      message: `is new and is tried later, since HAProxy refuses the text and names nobody: ${haproxySays}`,
    })),
  ];
  const portable = without(
    from,
    blame.flatMap(({ sources }) => sources),
  );
  const reason = whyReductionIsWorse(portable.config, losableOf(attempt, facts));
  if (reason !== undefined) return rejectAttempt(attempt, refused, reason);
  const target = reduceTarget(attempt.target, portable, [...leftOut, ...blame], facts.observation);
  // Above the limit: if this text is refused, too, it is rejected, since another search would end no better.
  return { ...attempt, target, search: undefined, isValid: isProven, reductions: MOST_REDUCTIONS + 1 };
}

function without({ text, config }: ParsedText, sources: readonly SourceRef[]): ParsedText {
  const reduced = leaveOut(text, { sources, binds: [] }, config);
  return { text: reduced, config: parseConfigText(reduced, config) };
}
