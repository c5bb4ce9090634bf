import type { Blame, Outcome } from '@kubefigurator/config-model';
import type { EventFields, Logger } from '@kubefigurator/daemon';
import type { News } from './describe.ts';
import { describeOutcome, isHostInSync, isHostServing } from './describe.ts';

type Level = 'info' | 'warn' | 'error';

/** The highest level logged since the host was last in sync, and the state in the last line at that level. */
interface RaisedLevel {
  readonly level: Level;
  readonly state: string;
}

const RANKS: Readonly<Record<Level, number>> = { info: 0, warn: 1, error: 2 };
const IN_SYNC = stateOf({ kind: 'unchanged', leftOut: [] });
const MAX_REASONS = 10;
const MAX_SOURCES = 20;
/** A Service may have thousands of addresses that no host has. */
const MAX_PARTS = 20;
const LONGEST_MESSAGE = 2_000;

/**
 * Logs one line for each outcome that it is given, at level debug if the outcome isn't new. Until the host is in sync
 * again, a new state is logged at least at the highest level that was logged before it: so the last line names the
 * present state also in a log that is filtered by level.
 */
export function createReporter(log: Logger): (news: News) => void {
  let lastNews = '';
  let lastState = IN_SYNC;
  let raised: RaisedLevel | undefined;
  return ({ revision, outcome, durationMs }) => {
    const news = JSON.stringify([revision, outcome]);
    const state = stateOf(outcome);
    const isOld = news === lastNews || (outcome.kind === 'unchanged' && state === lastState);
    const level = levelOf(raised, outcome);
    const fields = { revision, durationMs: Math.round(durationMs), ...fieldsOf(outcome) };
    log[isOld ? 'debug' : level](fields, `apply.${outcome.kind}`);
    if (!isOld) raised = raisedAfter(raised, level, outcome);
    lastNews = news;
    lastState = state;
  };
}

/** Equal for outcomes that mean the same state of the host; waits and reasons for a reload are no part of it. */
function stateOf(outcome: Outcome): string {
  if (isHostServing(outcome) && 'leftOut' in outcome) return JSON.stringify(['serving', outcome.leftOut]);
  if (outcome.kind === 'postponed') return JSON.stringify([outcome.kind, outcome.failure]);
  return JSON.stringify(outcome);
}

function levelOf(raised: RaisedLevel | undefined, outcome: Outcome): Level {
  const severity = severityOf(outcome);
  if (raised === undefined) return severity;
  // The last line at the raised level names this very state, so a log that is filtered by that level is right
  // already.
  if (raised.state === stateOf(outcome)) return severity;
  return RANKS[raised.level] > RANKS[severity] ? raised.level : severity;
}

function raisedAfter(
  raised: RaisedLevel | undefined,
  level: Level,
  outcome: Outcome,
): RaisedLevel | undefined {
  if (isHostInSync(outcome)) return undefined;
  if (raised !== undefined && RANKS[raised.level] > RANKS[level]) return raised;
  return { level, state: stateOf(outcome) };
}

function severityOf(outcome: Outcome): Level {
  if (isHostInSync(outcome)) return 'info';
  if (outcome.kind === 'postponed' && outcome.failure === undefined) return 'info';
  return outcome.kind === 'failed' ? 'error' : 'warn';
}

/** One refused line may belong to thousands of Services, and HAProxy may quote all of the line, up to 64 KB. */
function shortened({ sources, message, ...rest }: Blame): Blame {
  return { ...rest, sources: sources.slice(0, MAX_SOURCES), message: message.slice(0, LONGEST_MESSAGE) };
}

/** The outcome with its refused or left out parts replaced. */
function withParts(outcome: Outcome, replace: (parts: readonly Blame[]) => readonly Blame[]): Outcome {
  if ('blame' in outcome) return { ...outcome, blame: replace(outcome.blame) };
  return 'leftOut' in outcome ? { ...outcome, leftOut: replace(outcome.leftOut) } : outcome;
}

function fieldsOf(whole: Outcome): EventFields<`apply.${Outcome['kind']}`> {
  const outcome = withParts(whole, (parts) => parts.map(shortened));
  const { kind, ...fields } = withParts(outcome, (parts) => parts.slice(0, MAX_PARTS));
  const summary = isHostInSync(outcome) ? {} : { summary: describeOutcome(outcome) };
  const count = 'leftOut' in outcome ? { leftOutCount: outcome.leftOut.length } : {};
  // The second comparison is for TypeScript, which doesn't know that `kind` is `outcome.kind`.
  if (kind !== 'applied' || outcome.kind !== 'applied') return { ...fields, ...count, ...summary };
  const reasons = outcome.reasons.slice(0, MAX_REASONS);
  return { ...fields, ...count, ...summary, reasons, reasonCount: outcome.reasons.length };
}
