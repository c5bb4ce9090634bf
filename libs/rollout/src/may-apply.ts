import type { Outcome } from '@kubefigurator/config-model';
import { editedFile, isFileEdited } from './drift.ts';
import { isRefusalOfPass, isRefusalTriedNow } from './refusal.ts';
import { reloadWaitMs } from './reload-budget.ts';
import type { Target } from './decision.ts';
import type { Memory } from './memory.ts';
import type { Moment } from './moment.ts';
import type { Observation } from './observation.ts';
import type { Wanted, WantedText } from './wanted.ts';

/** Why nothing is applied now. */
export interface Obstacle {
  /**
   * After `frozen` and `reported` (`--drift report`) an edited file stays. After `nothing` it may be repaired, and
   * after `backoff`, too, if the text was rejected.
   */
  readonly kind: 'frozen' | 'reported' | 'nothing' | 'backoff';
  /** Undefined as long as etcd has not answered. */
  readonly outcome: Outcome | undefined;
}

/** Why a text may not be applied now; undefined if it may. No other code decides this. */
export function applyObstacle(
  wanted: Wanted,
  observation: Observation,
  memory: Memory,
  at: Moment,
): Obstacle | undefined {
  const { freeze } = observation;
  if (freeze !== undefined) return { kind: 'frozen', outcome: { kind: 'frozen', freeze } };
  if (wanted.kind !== 'text') return { kind: 'nothing', outcome: nothingToApply(wanted, memory) };
  if (isLeftToTheOperator(wanted, observation, memory, at))
    return { kind: 'reported', outcome: edited(memory, at) };
  const outcome =
    stillRefused(wanted, observation, memory, at) ?? stillUnread(wanted, observation, memory, at);
  return outcome === undefined ? undefined : { kind: 'backoff', outcome };
}

function nothingToApply(wanted: Exclude<Wanted, WantedText>, { serversOf }: Memory): Outcome | undefined {
  switch (wanted.kind) {
    case 'unknown':
      return undefined;
    case 'nothing':
      return { kind: 'kept', reason: wanted.reason };
    case 'refused':
      return {
        kind: 'rejected',
        stage: 'gate',
        blame: wanted.blame,
        // A pass before this one changed the servers; all later outcomes of the same text say so, too.
        ...(serversOf !== undefined && serversOf === wanted.sound?.hash && { serversChanged: true }),
      };
  }
}

/** With `--drift report` an edited file stays until etcd has another revision or another text, or a person asks. */
function isLeftToTheOperator(
  wanted: WantedText,
  { good }: Observation,
  { drift }: Memory,
  { triggers, policy }: Moment,
): boolean {
  if (policy.onDrift !== 'report' || triggers.has('signal') || !isFileEdited(drift)) return false;
  const ledger = good?.ledger;
  // A ledger of an earlier version doesn't know which text a revision had.
  const isSameText = ledger?.published === undefined || ledger.published === wanted.hash;
  return ledger?.revision === wanted.revision && isSameText;
}

function edited({ drift }: Memory, { policy }: Moment): Outcome {
  const file = editedFile(drift) ?? policy.file;
  const reason = `${file} was edited or removed by hand, and --drift report leaves it so until the next text`;
  return { kind: 'kept', reason };
}

/**
 * A text that was refused as a whole, or whose files couldn't be written, waits for its back-off, for a change of its
 * causes, or for SIGHUP. A pass that threw is no refusal of the text: any trigger starts the next one.
 */
function stillRefused(
  wanted: WantedText,
  { causes }: Observation,
  { refusal }: Memory,
  { now, triggers }: Moment,
): Outcome | undefined {
  if (refusal === undefined || refusal.text !== wanted.text || triggers.has('signal')) return undefined;
  const { outcome } = refusal;
  const isOfWholeText = outcome.kind === 'rejected' || outcome.kind === 'failed';
  const mayBeTried = isRefusalOfPass(refusal) || isRefusalTriedNow(refusal, { causes, now });
  return isOfWholeText && !mayBeTried ? outcome : undefined;
}

/**
 * The outcome of a text whose file is in place until HAProxy starts with it. Undefined if HAProxy has done so, or if
 * somebody edited the file, so that it has to be put in place again.
 */
function stillUnread(
  wanted: WantedText,
  { haproxy, fileHash }: Observation,
  { unread }: Memory,
  { triggers }: Moment,
): Outcome | undefined {
  if (unread === undefined || unread.text !== wanted.text || triggers.has('signal')) return undefined;
  const isRead = haproxy.kind === 'up' && haproxy.loadsOurFile;
  return isRead || unread.fileHash !== fileHash ? undefined : unread.outcome;
}

/** How long a reload has to wait, in milliseconds, and why. */
export interface ReloadObstacle {
  readonly why: 'jitter' | 'budget';
  readonly waitMs: number;
}

/** Undefined if a reload may begin now. */
export function reloadObstacle(
  target: Target,
  { haproxy }: Observation,
  { reloads, waiting }: Memory,
  { now, random, policy }: Moment,
): ReloadObstacle | undefined {
  // If HAProxy isn't running, there is nothing to reload: the file is put in place for its start. The methods `restart`
  // and `command` run all the same, so they wait like a reload.
  if (haproxy.kind === 'down' && policy.method === 'reload') return undefined;
  const request = { text: target.text, oldWorkers: oldWorkersOf(haproxy) };
  const waitMs = reloadWaitMs(reloads, policy.reloads, request, now);
  if (waitMs > 0) return { why: 'budget', waitMs };
  // The random number is drawn once for a wait, which goes on if a newer text comes meanwhile.
  const isWaitingForJitter = waiting !== undefined && waiting.outcome === undefined;
  const jitterMs = isWaitingForJitter ? waiting.until - now : policy.jitterMs * random;
  return jitterMs > 0 ? { why: 'jitter', waitMs: jitterMs } : undefined;
}

function oldWorkersOf(haproxy: Observation['haproxy']): number {
  return haproxy.kind === 'up' ? (haproxy.processes?.oldWorkers.length ?? 0) : 0;
}
