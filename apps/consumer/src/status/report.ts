import type { Blame, Outcome } from '@kubefigurator/config-model';
import type { EventFields, Logger } from '@kubefigurator/daemon';
import type { News } from './describe.ts';
import { describeOutcome, isHostInSync, isHostServing } from './describe.ts';

type Level = 'info' | 'warn' | 'error';

/** The highest level logged since the text was last in sync, and the state in the last line at that level. */
interface Alarm {
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
 * Logs one line for each outcome that it is given, at level debug if that isn't new. A new state after an alarm is
 * logged at the level of the alarm or higher, so that also in a log filtered by level the last line names the present state.
 */
export function createReporter(log: Logger): (news: News) => void {
  let lastNews = '';
  let lastState = IN_SYNC;
  let alarm: Alarm | undefined;
  return ({ revision, outcome, durationMs }) => {
    const news = JSON.stringify([revision, outcome]);
    const state = stateOf(outcome);
    const isOld = news === lastNews || (outcome.kind === 'unchanged' && state === lastState);
    const level = levelOf(alarm, outcome);
    const fields = { revision, durationMs: Math.round(durationMs), ...fieldsOf(outcome) };
    log[isOld ? 'debug' : level](fields, `apply.${outcome.kind}`);
    if (!isOld) alarm = alarmAfter(alarm, level, outcome);
    lastNews = news;
    lastState = state;
  };
}

/** Equal for outcomes with the same state of the host; revisions, waits and reasons for a reload aren't compared. */
function stateOf(outcome: Outcome): string {
  if (isHostServing(outcome) && 'leftOut' in outcome) return JSON.stringify(['serving', outcome.leftOut]);
  if (outcome.kind === 'postponed') return JSON.stringify([outcome.kind, outcome.failure]);
  return JSON.stringify(outcome);
}

function levelOf(alarm: Alarm | undefined, outcome: Outcome): Level {
  const severity = severityOf(outcome);
  if (alarm === undefined) return severity;
  // The last line at the alarm's level names this very state, so that a log filtered by that level is right already.
  if (alarm.state === stateOf(outcome)) return severity;
  return RANKS[alarm.level] > RANKS[severity] ? alarm.level : severity;
}

function alarmAfter(alarm: Alarm | undefined, level: Level, outcome: Outcome): Alarm | undefined {
  if (isHostInSync(outcome)) return undefined;
  if (alarm !== undefined && RANKS[alarm.level] > RANKS[level]) return alarm;
  return { level, state: stateOf(outcome) };
}

function severityOf(outcome: Outcome): Level {
  if (isHostInSync(outcome)) return 'info';
  if (outcome.kind === 'postponed' && outcome.failure === undefined) return 'info';
  return outcome.kind === 'failed' ? 'error' : 'warn';
}

/** One refused line may be of thousands of Services, and HAProxy may quote all of it, which can be 64 KB. */
function shortened({ sources, message, ...rest }: Blame): Blame {
  return { ...rest, sources: sources.slice(0, MAX_SOURCES), message: message.slice(0, LONGEST_MESSAGE) };
}

function withParts(outcome: Outcome, of: (parts: readonly Blame[]) => readonly Blame[]): Outcome {
  if ('blame' in outcome) return { ...outcome, blame: of(outcome.blame) };
  return 'leftOut' in outcome ? { ...outcome, leftOut: of(outcome.leftOut) } : outcome;
}

function fieldsOf(whole: Outcome): EventFields<`apply.${Outcome['kind']}`> {
  const outcome = withParts(whole, (parts) => parts.map(shortened));
  const { kind, ...fields } = withParts(outcome, (parts) => parts.slice(0, MAX_PARTS));
  const summary = isHostInSync(outcome) ? {} : { summary: describeOutcome(outcome) };
  const count = 'leftOut' in outcome ? { leftOutCount: outcome.leftOut.length } : {};
  // TypeScript doesn't know that both kinds are one.
  if (kind !== 'applied' || outcome.kind !== 'applied') return { ...fields, ...count, ...summary };
  const reasons = outcome.reasons.slice(0, MAX_REASONS);
  return { ...fields, ...count, ...summary, reasons, reasonCount: outcome.reasons.length };
}
