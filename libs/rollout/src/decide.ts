import type { Outcome } from '@kubefigurator/config-model';
import type { ApplyPlan } from '@kubefigurator/haproxy-config';
import { planApply } from '@kubefigurator/haproxy-config';
import { beginAttempt, beginRefused, beginRepair, wholeTarget } from './attempt.ts';
import { isFileEdited, isSameProcess } from './drift.ts';
import type { Obstacle, ReloadObstacle } from './may-apply.ts';
import { applyObstacle, reloadObstacle } from './may-apply.ts';
import { isRefusalTriedNow } from './refusal.ts';
import { dueRenewals, isCertificateBeingWritten, renewalReloads } from './renewal.ts';
import { serversAhead } from './servers-ahead.ts';
import type { Attempt, Decision, Purpose, Target } from './decision.ts';
import type { Memory } from './memory.ts';
import type { Moment } from './moment.ts';
import type { Observation } from './observation.ts';
import type { Wanted } from './wanted.ts';

/**
 * What to do next on this host. Pure: the same facts give the same decision. A pass asks again after each answer that
 * changes the facts, until a decision ends the pass.
 */
export function decide(observation: Observation, wanted: Wanted, memory: Memory, at: Moment): Decision {
  const facts = { observation, memory, at };
  const decision = decideOnText(wanted, facts);
  if (!allowsRenewal(decision)) return decision;
  // Certificates are renewed first; after that the pass decides again.
  const certificates = dueRenewals(facts);
  return certificates.length > 0 ? { kind: 'renew', certificates } : decision;
}

/** True if certificates may be renewed first: this decision only waits or keeps what runs, and no person forbids it. */
function allowsRenewal(decision: Decision): boolean {
  if (decision.kind === 'hold') return !decision.isHandsOff;
  return decision.kind === 'keep' || decision.kind === 'postpone';
}

function decideOnText(wanted: Wanted, facts: Facts): Decision {
  const { observation, memory, at } = facts;
  const { attempt } = memory;
  if (attempt !== undefined) return goOn(attempt, facts);
  const obstacle = applyObstacle(wanted, observation, memory, at);
  if (obstacle === undefined && wanted.kind === 'text')
    return goOn(beginAttempt(wanted, observation, memory, at), facts);
  return decideWithoutText(obstacle ?? NOTHING, wanted, facts);
}

/** What to do while the text of etcd can't be applied. */
function decideWithoutText({ kind, outcome }: Obstacle, wanted: Wanted, facts: Facts): Decision {
  if (kind === 'nothing') {
    const withoutRepair = serversOfRefused(wanted, outcome, facts) ?? keep(outcome);
    return repairOr(outcome, withoutRepair, facts);
  }
  const hold: Decision = { kind: 'hold', outcome, isHandsOff: kind !== 'backoff' };
  // Only after a rejection: a file that couldn't be written for the text can't be written for a repair either, and
  // while HAProxy doesn't run or load our file, that file is in place already.
  return kind === 'backoff' && outcome?.kind === 'rejected' ? repairOr(outcome, hold, facts) : hold;
}

/** What runs gets the servers of a text that the gate refused; undefined if it can't, or if somebody edited the file. */
function serversOfRefused(
  wanted: Wanted,
  outcome: Outcome | undefined,
  { observation, memory, at }: Facts,
): Decision | undefined {
  if (wanted.kind !== 'refused' || wanted.sound === undefined || outcome?.kind !== 'rejected')
    return undefined;
  if (isFileEdited(memory.drift)) return undefined;
  const { sound, revision } = wanted;
  const attempt = beginRefused(sound, { revision, hash: sound.hash }, outcome, observation);
  return withServers(attempt, outcome, { observation, memory, at });
}

const NOTHING: Obstacle = { kind: 'nothing', outcome: undefined };

/**
 * What an attempt does next. If the text was rejected, this pass may still repair an edited file, or change those
 * servers that need no reload.
 */
function goOn(attempt: Attempt, facts: Facts): Decision {
  const { rejection, purpose, search } = attempt;
  // A step of a search is checked, whatever HAProxy runs.
  if (search !== undefined) return { kind: 'validate', attempt, asksForReload: true };
  if (rejection === undefined) return pursue(attempt, facts);
  const ended = keep(rejection, attempt);
  if (purpose.kind === 'repair') return ended;
  if (attempt.isDoubtful) return reloadGood(rejection, facts);
  const withoutRepair = withServers(attempt, rejection, facts) ?? ended;
  return repairOr(rejection, withoutRepair, facts);
}

/** What runs is kept, and it gets those servers of a rejected text that need no reload; undefined if there are none. */
function withServers(
  attempt: Attempt,
  outcome: Rejection,
  { observation }: Facts,
): Extract<Decision, { kind: 'servers' }> | undefined {
  const ahead = serversAhead(wholeTarget(attempt, observation), observation);
  return ahead && { kind: 'servers', outcome, ahead, attempt };
}

/**
 * The runtime API refused a change of servers, and it isn't known which changes took effect; then the text was
 * rejected. HAProxy has to read the last known good release again, if there is one.
 */
function reloadGood(standing: Rejection, facts: Facts): Decision {
  const { good } = facts.observation;
  if (good === undefined) return keep(standing);
  const purpose: Purpose = { kind: 'repair', standing, isFresh: true, isRenewal: true };
  const attempt = beginRepair(good, purpose, facts.memory.known?.config);
  return pursue({ ...attempt, isDoubtful: true }, facts);
}

type Rejection = NonNullable<Attempt['rejection']>;

interface Facts {
  readonly observation: Observation;
  readonly memory: Memory;
  readonly at: Moment;
}

function keep(outcome: Outcome | undefined, attempt?: Attempt): Decision {
  return { kind: 'keep', outcome, attempt, isRecorded: true };
}

/**
 * The text of etcd can't be applied: the last known good release is put back over a file that somebody edited, or
 * HAProxy reads it again for a certificate. `otherwise` if neither is needed, or if a refused repair isn't due again.
 */
function repairOr(standing: Outcome | undefined, otherwise: Decision, facts: Facts): Decision {
  const { observation, memory, at } = facts;
  const { good, causes } = observation;
  if (good === undefined || !needsGood(facts)) return otherwise;
  const refusal = memory.repairRefusal;
  const isDue = refusal === undefined || isRefusalTriedNow(refusal, { causes, now: at.now });
  if (!isDue && !at.triggers.has('signal')) return otherwise;
  const isRenewal = !isFileEdited(memory.drift);
  const purpose: Purpose = { kind: 'repair', standing, isFresh: otherwise.kind !== 'hold', isRenewal };
  return pursue(beginRepair(good, purpose, memory.known?.config), facts);
}

function needsGood(facts: Facts): boolean {
  const { memory, at } = facts;
  return isFileEdited(memory.drift) ? at.policy.onDrift === 'repair' : renewalReloads(facts).length > 0;
}

/** From what runs to the target, by the shortest way there is. */
function pursue(attempt: Attempt, facts: Facts): Decision {
  const { observation } = facts;
  const { target } = attempt;
  const plan = planOf(attempt, facts);
  if (plan.kind === 'none' && isOnDisk(target, observation)) return keepTarget(attempt, facts);
  if (plan.kind === 'runtime') return { kind: 'runtime', attempt, plan };
  if (plan.kind === 'reload' && isUnprovable(target, facts)) return keepAsIs(attempt);
  if (plan.kind === 'reload') return reloadInTurn(attempt, plan.reasons, facts);
  return rewriteFile(attempt, plan.kind, facts);
}

/** HAProxy runs all of the target, and only the file has to be written. */
function rewriteFile(attempt: Attempt, plan: 'none' | 'rewrite', facts: Facts): Decision {
  if (plan === 'rewrite' && isCertificateBeingWritten(facts)) return keepAsIs(attempt);
  // HAProxy runs this very text (`none`): a check that refuses it would only leave another file in its place.
  if (plan === 'none' || attempt.isValid) return { kind: 'rewrite', attempt, plan };
  return { kind: 'validate', attempt, asksForReload: false };
}

/** True if HAProxy would start with the target: the text, and all files that it names. */
function isOnDisk({ text }: Target, { onDisk, damagedFiles }: Observation): boolean {
  // The text names its files by their hashes, so the damaged ones belong to it if the text is the one on disk.
  return onDisk === text && damagedFiles.length === 0;
}

/** How HAProxy gets from what it runs to the target; a certificate may need a reload that the text doesn't need. */
function planOf({ isDoubtful, target }: Attempt, facts: Facts): ApplyPlan {
  const { running, allowsRuntime, copies } = facts.observation;
  const options = { runtime: allowsRuntime, copies: copies.files };
  // After a refused change of servers it isn't known what HAProxy runs.
  const plan = planApply(isDoubtful ? undefined : running, target, options);
  const renewals = renewalReloads(facts);
  if (renewals.length === 0 || isDoubtful) return plan;
  return { kind: 'reload', reasons: plan.kind === 'reload' ? [...plan.reasons, ...renewals] : renewals };
}

/**
 * True if a `restart` or the operator's command applied this release without an error, and no new worker could be seen:
 * to do it again would prove nothing, and each `restart` costs connections. After SIGHUP it is done again.
 */
function isUnprovable(target: Target, { observation, at }: Facts): boolean {
  const { good } = observation;
  const { method } = at.policy;
  if (method === 'reload' || at.triggers.has('signal') || good === undefined) return false;
  const { ledger, release } = good;
  const isUnproven = ledger.worker === undefined && ledger.removing === undefined && ledger.method === method;
  return isUnproven && release.text === target.text && isOnDisk(target, observation);
}

/** HAProxy, the file and the ledger stay as they are for now. */
function keepAsIs(attempt: Attempt): Decision {
  const outcome: Outcome = { kind: 'unchanged', leftOut: attempt.target.leftOut };
  return { kind: 'keep', outcome, attempt, isRecorded: true };
}

/** HAProxy runs the target already; the ledger may not say so yet. */
function keepTarget(attempt: Attempt, { observation, memory }: Facts): Decision {
  const { haproxy, good } = observation;
  const { target } = attempt;
  const isRecorded =
    good !== undefined &&
    haproxy.kind === 'up' &&
    isSameProcess(good.ledger.worker, haproxy.worker) &&
    isSameRelease(good.release, target.release) &&
    good.ledger.published === target.published;
  const { leftOut } = target;
  const reasons = memory.certificates.renewed.map((file) => `certificate ${file} changed`);
  const outcome: Outcome =
    reasons.length > 0
      ? { kind: 'applied', method: 'runtime', proven: true, reasons, leftOut }
      : { kind: 'unchanged', leftOut };
  return { kind: 'keep', outcome, attempt, isRecorded };
}

function isSameRelease(a: Target['release'], b: Target['release']): boolean {
  return a.revision === b.revision && a.text === b.text && namesOf(a) === namesOf(b);
}

function namesOf({ files }: Target['release']): string {
  return files.map(({ name }) => name).join(' ');
}

/**
 * A trial of parts that were refused before is validated first, since only the validation shows whether it ends in a
 * reload. Anything else first waits until a reload is allowed, so that a newer text can replace it before it is validated.
 */
function reloadInTurn(attempt: Attempt, reasons: readonly string[], facts: Facts): Decision {
  const { observation, memory, at } = facts;
  if (attempt.isTrial && !attempt.isValid) return { kind: 'validate', attempt, asksForReload: true };
  const obstacle = reloadObstacle(attempt.target, observation, memory, at);
  // What is no trial has waited for the jitter before it was validated.
  const hasWaitedForJitter = attempt.isValid && !attempt.isTrial;
  const mustWait = obstacle !== undefined && (obstacle.why === 'budget' || !hasWaitedForJitter);
  if (mustWait) return waitOrPostpone(attempt, obstacle, facts);
  return attempt.isValid
    ? { kind: 'reload', attempt, reasons }
    : { kind: 'validate', attempt, asksForReload: true };
}

/** A wait this short is part of the pass; after a longer one the host is observed again. */
const SHORT_JITTER_MS = 50;

function waitOrPostpone(attempt: Attempt, obstacle: ReloadObstacle, facts: Facts): Decision {
  const { why, waitMs } = obstacle;
  const isShort = why === 'jitter' && waitMs <= SHORT_JITTER_MS;
  return isShort ? { kind: 'pause', waitMs, attempt } : postpone(attempt, obstacle, facts);
}

/** A wait that was reported already is a `hold`, so that it isn't reported in each pass. */
function postpone(
  attempt: Attempt,
  { why, waitMs }: ReloadObstacle,
  { observation, memory, at }: Facts,
): Decision {
  const ahead =
    why === 'budget' && !attempt.isDoubtful ? serversAhead(attempt.target, observation) : undefined;
  const reported =
    why === 'budget' && ahead === undefined ? reportedBefore(attempt.target, memory, at) : undefined;
  if (reported !== undefined) {
    const outcome = attempt.purpose.kind === 'repair' ? attempt.purpose.standing : reported;
    return { kind: 'hold', outcome, isHandsOff: false };
  }
  const failure = why === 'budget' ? memory.reloads.failure : undefined;
  return { kind: 'postpone', why, waitMs, failure, ahead, attempt };
}

/**
 * The outcome that was reported for a wait that isn't over. Undefined if none was (the wait for the jitter isn't
 * reported), and after SIGHUP, so that it is reported again.
 */
function reportedBefore(
  { text }: Target,
  { waiting }: Memory,
  { now, triggers }: Moment,
): Outcome | undefined {
  if (waiting?.text !== text || now >= waiting.until || triggers.has('signal')) return undefined;
  return waiting.outcome;
}
