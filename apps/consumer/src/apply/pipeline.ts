import type { ApplyMethod, Outcome } from '@kubefigurator/config-model';
import type { Alarm, Logger } from '@kubefigurator/daemon';
import { delay } from '@kubefigurator/daemon';
import type { Answer, Attempt, Decision, HaproxyState, ProcessId, Target } from '@kubefigurator/rollout';
import { isSameProcess, workerOfHaproxy } from '@kubefigurator/rollout';
import { activate } from '../haproxy/activate.ts';
import type { PendingDeletions } from '../haproxy/pending-deletions.ts';
import { changeAtRuntime } from '../haproxy/runtime-api.ts';
import type { Host } from '../host/host.ts';
import { discardCandidate } from '../host/release-files.ts';
import { hashText } from '../host/release-hash.ts';
import type { HostObservation } from './observe.ts';
import type { Certificates } from './certificates.ts';
import type { CopyFailureState } from './keep-copies.ts';
import type { Guards } from './guards.ts';
import { correctMisplacedServers, misplacedOutcome } from './misplaced-servers.ts';
import { putBack } from './put-back.ts';
import { record, recordPartialChange } from './record.ts';
import { renewCertificates } from './renew.ts';
import { failedOutcome, installRelease, stageRelease } from './stage.ts';
import { validate } from './validate.ts';

/** What carrying out a decision needs besides the facts of the pass. */
export interface ExecuteContext {
  readonly host: Host;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Servers that were removed at run time and still have connections. */
  readonly pending: PendingDeletions;
  readonly certificates: Certificates;
  readonly copyFailure: CopyFailureState;
  /** Raised while the ledger can't be written. */
  readonly ledgerAlarm: Alarm;
  readonly guards: Guards;
}

/**
 * Carries out one decision. If HAProxy refuses the reload or a change of servers after the rename, the file is put
 * back; if that fails, the outcome of the reload says so, and a change of servers only logs it, since a reload
 * follows. It throws only on bugs, and if a part of the host can't be read.
 */
export async function execute(
  decision: Decision,
  observation: HostObservation,
  context: ExecuteContext,
): Promise<Answer> {
  if (changesFile(decision)) return change(decision, { observation, context });
  switch (decision.kind) {
    case 'keep':
      return { kind: 'done', outcome: await keep(decision, observation, context) };
    case 'hold':
      return { kind: 'done', outcome: decision.outcome };
    case 'pause':
      await delay(decision.waitMs, context.signal);
      return { kind: 'paused' };
    case 'postpone':
      return postpone(decision, observation, context);
    case 'renew':
      return { kind: 'renewed', results: await renewCertificates(decision.certificates, context) };
    case 'validate':
      return validate(decision.attempt, context.host, { observation, signal: context.signal });
  }
}

/** `postpone` isn't among them: it writes the live file only if it has servers to change ahead. */
type Change = Extract<Decision, { kind: 'servers' | 'runtime' | 'rewrite' | 'reload' }>;

const CHANGES: ReadonlySet<string> = new Set<Change['kind']>(['servers', 'runtime', 'rewrite', 'reload']);

function changesFile(decision: Decision): decision is Change {
  return CHANGES.has(decision.kind);
}

interface Surroundings {
  readonly observation: HostObservation;
  readonly context: ExecuteContext;
}

/** Carries out a decision that changes the live file. */
async function change(decision: Change, surroundings: Surroundings): Promise<Answer> {
  switch (decision.kind) {
    case 'servers':
      return changeServersOfRejected(decision, surroundings);
    case 'runtime':
      return changeServers(decision.attempt.target, decision.plan, surroundings);
    case 'rewrite':
      return rewrite(decision.attempt, surroundings);
    case 'reload':
      return putInPlace(decision.attempt.target, decision.reasons, surroundings);
  }
}

/**
 * HAProxy goes on with what it runs. If that is the target and the ledger doesn't say so yet, the ledger is written.
 * Before that, the servers are put where the text says, since somebody else may have started the worker; if this
 * fails, the outcome is a failure.
 */
async function keep(
  { attempt, isRecorded, outcome }: Extract<Decision, { kind: 'keep' }>,
  { haproxy, good, running }: HostObservation,
  context: ExecuteContext,
): Promise<Outcome | undefined> {
  if (running !== undefined) await context.guards.look(running, workerOfHaproxy(haproxy));
  if (isRecorded || attempt === undefined) return outcome;
  const worker = workerOfHaproxy(haproxy);
  // The servers of a worker that the ledger names were proven before, so a new revision alone needs no listing.
  const isProven = worker !== undefined && isSameProcess(good?.ledger.worker, worker);
  const misplaced = isProven
    ? undefined
    : await correctMisplacedServers(attempt.target, undefined, worker, context);
  if (misplaced !== undefined) return misplacedOutcome(misplaced);
  await record(attempt.target, { worker, method: methodOfKept(good?.ledger, worker) }, context);
  return outcome;
}

/** How a worker that is kept got its text: not as the ledger says if somebody else started it since. */
export function methodOfKept(
  ledger: { readonly worker: ProcessId | undefined; readonly method: string } | undefined,
  worker: ProcessId | undefined,
): string {
  if (ledger === undefined) return FOUND_RUNNING;
  const isOther =
    worker !== undefined && ledger.worker !== undefined && !isSameProcess(ledger.worker, worker);
  return isOther ? FOUND_RUNNING : ledger.method;
}

/** As in the ledger's `method`. */
const FOUND_RUNNING = 'found running';

/**
 * The running text gets those servers of the newer text that need no reload. If HAProxy refuses a server, this is
 * logged, and the outcome is still `postponed`: the reload that waits changes the servers, too.
 */
async function postpone(
  { ahead, waitMs, failure }: Extract<Decision, { kind: 'postpone' }>,
  observation: HostObservation,
  context: ExecuteContext,
): Promise<Answer> {
  const answer =
    ahead === undefined ? undefined : await changeServers(ahead.target, ahead.plan, { observation, context });
  if (answer?.kind === 'done' && answer.outcome?.kind === 'failed') return answer;
  const serversChanged = answer?.kind === 'done' && answer.outcome?.kind === 'applied';
  const outcome: Outcome = {
    kind: 'postponed',
    waitMs,
    serversChanged,
    ...(failure !== undefined && { failure }),
  };
  return { kind: 'done', outcome };
}

/**
 * The outcome stays `rejected`, unless a file couldn't be written. If HAProxy refuses a server, the pass decides
 * again.
 */
async function changeServersOfRejected(
  { ahead, outcome }: Extract<Decision, { kind: 'servers' }>,
  surroundings: Surroundings,
): Promise<Answer> {
  const answer = await changeServers(ahead.target, ahead.plan, surroundings);
  const areChanged = answer.kind === 'done' && answer.outcome?.kind === 'applied';
  return areChanged ? { kind: 'done', outcome: { ...outcome, serversChanged: true } } : answer;
}

/**
 * For a release that differs from the running one in servers only. It needs no `haproxy -c`: the rest is what runs,
 * and HAProxy judges each server itself when it takes it.
 */
async function changeServers(
  target: Target,
  { changes, reasons }: Extract<Decision, { kind: 'runtime' }>['plan'],
  { observation, context }: Surroundings,
): Promise<Answer> {
  const { host, log, pending } = context;
  const worker = workerOfHaproxy(observation.haproxy);
  if (worker === undefined) return { kind: 'runtime-refused', reason: 'no worker is known' };
  const trouble = (await stageRelease(target.release, host)) ?? (await installRelease(target.release, host));
  if (trouble !== undefined) return { kind: 'done', outcome: trouble };
  const result = await changeAtRuntime(host.sockets.runtime, changes, worker);
  if (result.kind === 'changed') {
    pending.add(result.lingering, worker);
    return recordApplied(target, { method: 'runtime', worker, reasons }, context);
  }
  log.warn({ reason: result.reason }, 'runtime-update.failed');
  await recordPartialChange(observation.good, changes, context);
  await putBack(observation, context);
  return { kind: 'runtime-refused', reason: result.reason };
}

/** A release that was validated is staged already. */
async function rewrite({ target, isValid }: Attempt, surroundings: Surroundings): Promise<Answer> {
  const trouble = isValid ? undefined : await stageRelease(target.release, surroundings.context.host);
  return trouble === undefined
    ? putInPlace(target, undefined, surroundings)
    : { kind: 'done', outcome: trouble };
}

/**
 * Installs a staged release, and makes HAProxy read it if there are reasons to, or if HAProxy can't be observed and
 * the method is `restart` or `command`. If HAProxy won't read the file, this ends after the rename.
 */
async function putInPlace(
  target: Target,
  reasons: readonly string[] | undefined,
  { observation, context }: Surroundings,
): Promise<Answer> {
  const { host } = context;
  const { haproxy } = observation;
  const trouble = await installRelease(target.release, host);
  if (trouble !== undefined) return { kind: 'done', outcome: trouble };
  const unread = unreadOutcome(haproxy, host);
  if (unread !== undefined) return { kind: 'done', outcome: unread, fileHash: hashText(target.text) };
  if (haproxy.kind === 'down') return reload(target, ["HAProxy can't be observed"], { observation, context });
  if (reasons !== undefined) return reload(target, reasons, { observation, context });
  return recordApplied(target, { method: 'none', worker: haproxy.worker, reasons: [] }, context);
}

/**
 * Why HAProxy will not read the file that is in place; undefined if it will, or may: if HAProxy can't be observed,
 * the command of `--apply-method restart` or `command` may still make it read the file.
 */
export function unreadOutcome(haproxy: HaproxyState, host: Host): Outcome | undefined {
  if (haproxy.kind === 'down') {
    return host.way.method === 'reload' ? { kind: 'not-running', reason: haproxy.reason } : undefined;
  }
  if (haproxy.loadsOurFile) return undefined;
  const files = haproxy.configFiles?.join(', ') ?? '';
  const remedy = `add "-f ${host.live.path}" to its command line (EXTRAOPTS in /etc/default/haproxy) and restart it`;
  return {
    kind: 'not-loaded',
    reason: `the running HAProxy loads ${files}, not ${host.live.path}: ${remedy}`,
  };
}

async function reload(
  target: Target,
  reasons: readonly string[],
  { observation, context }: Surroundings,
): Promise<Answer> {
  const { host } = context;
  const beganAt = performance.now();
  const result = await activate(host, observation.haproxy);
  if (result.kind === 'failed') {
    const restored = await putBack(observation, context);
    const outcome = { ...failedOutcome('reload', result.message), restored: restored !== undefined };
    const fileHash = hashText(restored ?? target.text);
    return { kind: 'done', outcome, reload: { beganAt, failure: result.message }, fileHash };
  }
  const misplaced = await correctMisplacedServers(
    target,
    observation.running?.config,
    result.worker,
    context,
  );
  if (misplaced !== undefined) {
    const fileHash = hashText(target.text);
    return {
      kind: 'done',
      outcome: misplacedOutcome(misplaced),
      reload: { beganAt, failure: misplaced },
      fileHash,
    };
  }
  const done = await recordApplied(
    target,
    { method: host.way.method, worker: result.worker, reasons },
    context,
  );
  return { ...done, reload: { beganAt, failure: undefined } };
}

interface Applied {
  readonly method: ApplyMethod;
  readonly worker: ProcessId | undefined;
  readonly reasons: readonly string[];
}

/** Writes the ledger and gives the outcome `applied`, which is unproven without a worker. */
async function recordApplied(
  target: Target,
  { method, worker, reasons }: Applied,
  context: ExecuteContext,
): Promise<Extract<Answer, { kind: 'done' }>> {
  await record(target, { worker, method }, context);
  await context.guards.look(target, worker);
  const { leftOut } = target;
  return {
    kind: 'done',
    outcome: { kind: 'applied', method, proven: worker !== undefined, reasons, leftOut },
  };
}

/** Removes the candidate of a release that the pass staged and didn't install. Never throws. */
export async function discardStagedRelease({ live }: Host): Promise<void> {
  await discardCandidate(live).catch(() => undefined);
}
