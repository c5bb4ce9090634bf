import type { Blame, Outcome } from '@kubefigurator/config-model';
import { knownFaultOfAttempt } from './attempt.ts';
import { isFileEdited, NO_DRIFT } from './drift.ts';
import { learnRefused, learnValid, rejectAttempt } from './reduction.ts';
import { isRefusalOfPass, lacksCauses, nextRefusal, type Refusal } from './refusal.ts';
import { forgetReloadFailure, fullReloadBudget, reloadWaitMs, spendReload } from './reload-budget.ts';
import type { Answer, Attempt, Decision } from './decision.ts';
import type { Memory } from './memory.ts';
import type { Moment } from './moment.ts';
import type { Observation } from './observation.ts';
import type { Wanted } from './wanted.ts';
import {
  certificatesAfter,
  learnRefusedRenewals,
  learnRenewals,
  NO_CERTIFICATES,
} from './learn-certificates.ts';
import { isDroppingCertificate, renewalReloads } from './renewal.ts';
import { hashOfServersAhead } from './servers-ahead.ts';
import { nextLookAt } from './wake.ts';

/** The memory of an agent that has just started. */
export function emptyMemory({ now, policy }: Pick<Moment, 'now' | 'policy'>): Memory {
  return {
    known: undefined,
    attempt: undefined,
    fault: undefined,
    refusal: undefined,
    repairRefusal: undefined,
    serversOf: undefined,
    reloads: fullReloadBudget(policy.reloads, now),
    waiting: undefined,
    unread: undefined,
    drift: NO_DRIFT,
    certificates: NO_CERTIFICATES,
    lookAt: now,
  };
}

/** The memory a pass begins with. A person who sends SIGHUP may have corrected what made the last reload fail. */
export function beginPass(memory: Memory, wanted: Wanted, { triggers }: Pick<Moment, 'triggers'>): Memory {
  return {
    ...memory,
    attempt: undefined,
    certificates: { ...memory.certificates, renewed: [] },
    known: wanted.kind === 'text' ? { text: wanted.text, config: wanted.config } : memory.known,
    reloads: triggers.has('signal') ? forgetReloadFailure(memory.reloads) : memory.reloads,
  };
}

export interface Lesson {
  readonly observation: Observation;
  readonly wanted: Wanted;
  readonly at: Moment;
}

/** The memory for the next decision, after this decision and its answer. Pure. */
export function learn(memory: Memory, decision: Decision, answer: Answer, lesson: Lesson): Memory {
  switch (answer.kind) {
    case 'paused':
      return { ...memory, attempt: requireAttempt(decision), waiting: endedJitter(decision, lesson.at) };
    case 'valid':
      return { ...memory, attempt: learnValid(requireAttempt(decision), lesson) };
    case 'renewed':
      return { ...memory, certificates: learnRenewals(memory.certificates, answer.results, lesson) };
    case 'refused': {
      const { observation, at } = lesson;
      if (isAboutCertificates(memory, decision, lesson)) {
        const certificates = learnRefusedRenewals(messagesOf(answer.blame), { observation, memory, at });
        return { ...memory, attempt: undefined, certificates };
      }
      // HAProxy runs all of the target already: without a part, clients would lose what is served now.
      if (decision.kind === 'validate' && !decision.asksForReload)
        return { ...memory, attempt: rejectAttempt(requireAttempt(decision), answer) };
      return { ...memory, attempt: learnRefused(requireAttempt(decision), answer, lesson) };
    }
    case 'runtime-refused':
      return { ...memory, attempt: { ...requireAttempt(decision), isDoubtful: true } };
    case 'done':
      return learnOutcome(memory, decision, answer, lesson);
  }
}

/**
 * The memory after a pass that threw. The pass is tried again with growing waits, and an earlier refusal of the text
 * is forgotten.
 */
export function learnFailure(
  memory: Memory,
  outcome: Outcome,
  { wanted, at }: Omit<Lesson, 'observation'>,
): Memory {
  const refusal = nextRefusal(memory.refusal, { outcome, text: textOf(wanted) }, at);
  return { ...memory, attempt: undefined, refusal, lookAt: refusal?.dueAt ?? at.now };
}

/** The parts that are refused and tried again later; empty if nothing is refused. */
export function refusedParts({ refusal, repairRefusal }: Memory): readonly Blame[] {
  return [...(refusal?.blame ?? []), ...(repairRefusal?.blame ?? [])];
}

/** True if the causes of a refusal have to be looked at before the next pass can compare them. */
export function wantsCauses({ refusal, repairRefusal }: Memory): boolean {
  return lacksCauses([refusal, repairRefusal]);
}

/** The memory with the fingerprint that the next passes compare with. */
export function rememberCauses(memory: Memory, causes: string): Memory {
  const { refusal, repairRefusal } = memory;
  return {
    ...memory,
    refusal: refusal && { ...refusal, causes },
    repairRefusal: repairRefusal && { ...repairRefusal, causes },
  };
}

/**
 * True if HAProxy refuses the very text that it runs: what is wrong is a file that the text names. What runs serves
 * everybody, so nothing is left out of it for a certificate that may wait. A forgotten certificate, which HAProxy has
 * to drop, may not wait.
 */
function isAboutCertificates(memory: Memory, decision: Decision, { observation, at }: Lesson): boolean {
  const { target, isDoubtful } = requireAttempt(decision);
  const isTheSame = !isDoubtful && observation.running?.text === target.text;
  const facts = { observation, memory, at };
  return isTheSame && renewalReloads(facts).length > 0 && !isDroppingCertificate(facts);
}

function messagesOf(blame: readonly Blame[]): string {
  return blame.map(({ message }) => message).join('; ');
}

function requireAttempt(decision: Decision): Attempt {
  const attempt = attemptOfDecision(decision);
  if (attempt !== undefined) return attempt;
  throw new Error(`a decision to ${decision.kind} tries nothing`);
}

type Done = Extract<Answer, { kind: 'done' }>;

function learnOutcome(memory: Memory, decision: Decision, answer: Done, lesson: Lesson): Memory {
  const { at } = lesson;
  const reloads = budgetAfter(memory, decision, answer, at);
  const learned: Memory = {
    ...memory,
    attempt: undefined,
    fault: faultAfter(memory, decision, answer.outcome),
    refusal: refusalAfter(refusalOfTheText(memory), decision, answer, lesson),
    repairRefusal: repairRefusalAfter(memory, decision, answer, at),
    serversOf: hashOfServersAhead(memory, decision, answer, lesson.wanted),
    reloads,
    waiting: waitingAfter({ ...memory, reloads }, decision, answer, at),
    unread: unreadAfter(memory, decision, answer, lesson),
    drift: driftAfter(memory, decision, answer),
    certificates: certificatesAfter(
      { ...lesson, memory },
      isReloaded(answer) ? attemptOfDecision(decision)?.target : undefined,
    ),
  };
  return { ...learned, lookAt: nextLookAt(learned, at, answer.outcome) };
}

function isReloaded({ reload, outcome }: Done): boolean {
  return reload !== undefined && reload.failure === undefined && outcome?.kind === 'applied';
}

/** Since this pass didn't throw, the back-off of one that threw is over. */
function refusalOfTheText({ refusal }: Memory): Refusal | undefined {
  return refusal !== undefined && isRefusalOfPass(refusal) ? undefined : refusal;
}

/**
 * What was left out of a text that could be installed is remembered; a fault that the text no longer has is
 * forgotten. If the text is rejected, or still has the fault and isn't checked in this pass, the fault stays as it was.
 */
function faultAfter({ fault }: Memory, decision: Decision, outcome: Outcome | undefined): Memory['fault'] {
  const attempt = attemptOfDecision(decision);
  if (attempt?.purpose.kind !== 'apply' || outcome?.kind === 'rejected') return fault;
  if (isJudged(attempt, outcome)) return knownFaultOfAttempt(attempt);
  const isStillKnown = attempt.target.leftOut.length > 0 || attempt.isTrial;
  return isStillKnown ? fault : undefined;
}

/**
 * True if the check or the probe was asked about the text in this pass, or if a whole text that was tried again runs.
 */
function isJudged({ isValid, reductions, isTrial }: Attempt, outcome: Outcome | undefined): boolean {
  const isServed = outcome?.kind === 'applied' || outcome?.kind === 'unchanged';
  return isValid || reductions > 0 || (isTrial && isServed);
}

/** What a decision is about; undefined if it tries nothing. */
export function attemptOfDecision(decision: Decision): Attempt | undefined {
  return 'attempt' in decision ? decision.attempt : undefined;
}

function refusalAfter(
  before: Refusal | undefined,
  decision: Decision,
  { outcome }: Done,
  { wanted, at }: Lesson,
): Refusal | undefined {
  if (decision.kind === 'hold') return decision.isHandsOff ? undefined : before;
  const purpose = attemptOfDecision(decision)?.purpose;
  if (purpose?.kind === 'repair') {
    // The outcome of the pass is that of the repair, and `standing` that of the text of etcd.
    return purpose.isFresh
      ? nextRefusal(before, { outcome: purpose.standing, text: textOf(wanted) }, at)
      : before;
  }
  return decision.kind === 'postpone' || saysNothingOfParts(outcome)
    ? before
    : nextRefusal(before, { outcome, text: textOf(wanted), attempt: attemptOfDecision(decision) }, at);
}

/** True for a reload that waits or failed: only one that works says whether the parts are still refused. */
function saysNothingOfParts(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'postponed' || (outcome?.kind === 'failed' && outcome.stage === 'reload');
}

function repairRefusalAfter(
  { repairRefusal, drift }: Memory,
  decision: Decision,
  { outcome }: Done,
  at: Moment,
): Refusal | undefined {
  const isGivenUp = decision.kind === 'hold' && (decision.isHandsOff || outcome?.kind === 'failed');
  if (!isFileEdited(drift) || isGivenUp) return undefined;
  const attempt = attemptOfDecision(decision);
  if (attempt?.purpose.kind !== 'repair' || decision.kind === 'postpone') return repairRefusal;
  return nextRefusal(repairRefusal, { outcome, text: attempt.whole.text }, at);
}

function budgetAfter(
  { reloads }: Memory,
  decision: Decision,
  { reload }: Done,
  { policy }: Moment,
): Memory['reloads'] {
  const attempt = attemptOfDecision(decision);
  if (reload === undefined || attempt === undefined) return reloads;
  return spendReload(reloads, policy.reloads, { text: attempt.target.text, ...reload });
}

function waitingAfter(
  { waiting, reloads }: Memory,
  decision: Decision,
  { outcome }: Done,
  { now, policy }: Moment,
): Memory['waiting'] {
  if (decision.kind === 'hold') return decision.isHandsOff ? undefined : waiting;
  const text = attemptOfDecision(decision)?.target.text ?? '';
  if (outcome?.kind === 'failed' && outcome.stage === 'reload') {
    // The failure stays the outcome of this text until the reload is tried again, so it isn't reported twice.
    const waitMs = reloadWaitMs(reloads, policy.reloads, { text, oldWorkers: 0 }, now);
    return { text, until: now + waitMs, outcome };
  }
  if (decision.kind !== 'postpone') return undefined;
  const { why, waitMs } = decision;
  return { text, until: now + waitMs, outcome: why === 'budget' ? outcome : undefined };
}

/** A wait that has just ended: the next decision doesn't wait for the jitter again. */
function endedJitter(decision: Decision, { now }: Moment): Memory['waiting'] {
  return { text: requireAttempt(decision).target.text, until: now, outcome: undefined };
}

function unreadAfter(
  { unread }: Memory,
  decision: Decision,
  { outcome, fileHash }: Done,
  { wanted }: Lesson,
): Memory['unread'] {
  if (decision.kind === 'hold') return decision.isHandsOff ? undefined : unread;
  const isUnread = outcome?.kind === 'not-running' || outcome?.kind === 'not-loaded';
  return isUnread && attemptOfDecision(decision)?.purpose.kind === 'apply'
    ? { text: textOf(wanted), fileHash, outcome }
    : undefined;
}

/** From here on the host should be as this pass left it. */
function driftAfter({ drift }: Memory, decision: Decision, { outcome, fileHash }: Done): Memory['drift'] {
  if (isRecorded(decision, outcome)) return { ...drift, fileHash: undefined, worker: undefined };
  return fileHash === undefined ? drift : { ...drift, fileHash };
}

/** True if the ledger names what this pass left on the host. */
function isRecorded({ kind }: Decision, outcome: Outcome | undefined): boolean {
  if (outcome?.kind === 'postponed') return outcome.serversChanged;
  if (outcome?.kind === 'rejected') return kind === 'servers';
  return outcome?.kind === 'applied' || outcome?.kind === 'unchanged';
}

/** Empty if there is no text: then no text is compared with it. */
function textOf(wanted: Wanted): string {
  return wanted.kind === 'text' ? wanted.text : '';
}
