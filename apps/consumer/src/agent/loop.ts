import type { CertificateStatus, Outcome } from '@kubefigurator/config-model';
import type { Io, Logger, ReconcileLoop } from '@kubefigurator/daemon';
import { createAlarm, createHeapTrimmer, createReconcileLoop, describeFailure } from '@kubefigurator/daemon';
import type { Reading } from '@kubefigurator/etcd-store';
import type { Answer, Decision, HaproxyState, Memory, Policy, Trigger, Wanted } from '@kubefigurator/rollout';
import { emptyMemory, learnFailure, nextWake, reportCertificates } from '@kubefigurator/rollout';
import { createHaproxyGuards } from '../apply/guards.ts';
import { createCertificates } from '../apply/certificates.ts';
import { createCopyFailureState, keepCopies } from '../apply/keep-copies.ts';
import { revisionOf } from '../apply/judge-reading.ts';
import type { HostObservation } from '../apply/observe.ts';
import { createObserver } from '../apply/observe.ts';
import type { PassResult } from '../apply/pass.ts';
import { runPass } from '../apply/pass.ts';
import { discardStagedRelease, execute } from '../apply/pipeline.ts';
import { recover } from '../apply/recover.ts';
import { createPendingDeletions } from '../haproxy/pending-deletions.ts';
import type { Host } from '../host/host.ts';
import type { ConsumerMetrics } from '../metrics.ts';
import { isHostServing } from '../status/describe.ts';
import { watchFiles } from './file-watch.ts';
import type { Lateness } from './lateness.ts';
import { createReceiver } from './receive.ts';
import { createPassReporter, type PassReporter } from './news.ts';
import type { StepClock } from './watchdog.ts';

/** What the agent knows of etcd; it is changed in place. */
export interface Knowledge {
  /** What was last read from etcd; undefined before the first answer. */
  reading: Reading | undefined;
}

export interface AgentLoopParts {
  readonly io: Io;
  readonly log: Logger;
  readonly host: Host;
  readonly policy: Policy;
  readonly knowledge: Knowledge;
  readonly metrics: ConsumerMetrics;
  readonly lateness: Lateness;
  /** Called when the status may have changed. */
  readonly onChange: () => void;
}

export interface AgentLoop extends Pick<PassReporter, 'news'> {
  readonly loop: ReconcileLoop<Trigger>;
  readonly memory: () => Memory;
  /** Every certificate of the running text, as it was last observed, also one that HAProxy can't serve. */
  readonly certificates: () => readonly CertificateStatus[];
  readonly stepSince: StepClock;
  /** Why copies of certificates can't be written; undefined if all are. */
  readonly copyFailure: () => string | undefined;
  /** HAProxy as the last pass observed it; undefined before the first one. */
  readonly haproxy: () => HaproxyState | undefined;
}

/**
 * The back-off of the loop itself. It is needed only if a report throws, which is a bug: `tryPass` turns every
 * exception of a pass into an outcome.
 */
const RETRY_AFTER_BUGS = { minMs: 1_000, maxMs: 60_000 };

/** The one loop of the agent: observe, decide, execute, learn, and wake again when `nextWake` says so. */
export function startAgentLoop(parts: AgentLoopParts): AgentLoop {
  const { io, log, host, policy, knowledge, lateness } = parts;
  const { signal } = io;
  const desk = createPassReporter(parts);
  const certificates = createCertificates(host);
  const observer = createObserver(host, certificates);
  const pending = createPendingDeletions(host.sockets.runtime, { signal });
  const context = {
    host,
    log,
    signal,
    pending,
    ledgerAlarm: createAlarm(),
    guards: createHaproxyGuards(host, log),
    certificates,
    copyFailure: createCopyFailureState(),
  };
  const receive = createReceiver(host, log);
  const heap = createHeapTrimmer({ signal });
  let memory = emptyMemory({ now: performance.now(), policy });
  /** What the last observation saw of HAProxy, copies and lists. */
  let seen: Pick<HostObservation, 'haproxy' | 'copies' | 'lists'> | undefined;
  let isFirstPass = true;
  /** Passes in a row that threw. */
  let failures = 0;
  /** Triggers of a pass that threw, which the next one takes over. */
  let unserved: ReadonlySet<Trigger> = new Set();
  let timer: NodeJS.Timeout | undefined;
  /** When the current decision began; before the first decision, when the pass began. */
  let stepBeganAt = performance.now();
  const loop = createReconcileLoop<Trigger>({
    pass,
    quietMs: 0,
    maxWaitMs: 0,
    retry: RETRY_AFTER_BUGS,
    signal,
    log,
  });
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  watchFiles([observer.haveFilesChanged, certificates.haveChanged], signal, () =>
    loop.trigger('certificate'),
  );
  loop.trigger('look');
  heap.worked();

  async function pass(given: ReadonlySet<Trigger>): Promise<void> {
    clearTimeout(timer);
    stepBeganAt = performance.now();
    const triggers = new Set([...unserved, ...given]);
    if (triggers.has('signal')) host.foreignPorts.forget();
    const { reading } = knowledge;
    const startedAt = performance.now();
    const result = await tryPass(reading, triggers);
    unserved = result.isFailure ? triggers : new Set();
    memory = result.memory;
    if (mayLeaveGarbage(result.outcome)) heap.worked();
    // A pass that the stop of the agent cut short says nothing about the text.
    if (signal.aborted && (result.outcome === undefined || !isHostServing(result.outcome))) return;
    desk.certificates(memory.certificates.troubles, certificates.latest(), seen?.lists.folders.keys());
    const isJitter = result.decision.kind === 'postpone' && result.decision.why === 'jitter';
    desk.report({
      ...result,
      revision: revisionOf(reading),
      durationMs: performance.now() - startedAt,
      triggers,
    });
    // A wait for the jitter has no outcome that is reported.
    if (!isJitter) lateness.settled(revisionOf(reading));
    wakeLater();
  }

  async function tryPass(
    reading: Reading | undefined,
    triggers: ReadonlySet<Trigger>,
  ): Promise<PassResult & { readonly isFailure: boolean }> {
    let decision: Decision | undefined;
    let wanted: Wanted = { kind: 'unknown' };
    try {
      wanted = await receive(reading, memory, triggers);
      const result = await runPass(
        { memory, wanted, triggers },
        {
          observer,
          policy,
          execute: (next, observed) => {
            decision = next;
            const run = (): Promise<Answer> => execute(next, observed, context);
            return next.kind === 'validate' ? lateness.checking(revisionOf(reading), run) : run();
          },
          recover: async (observed) => (isFirstPass ? recover(observed, context) : observed),
          conclude: (learned, observed, asked) => keepCopies(learned, observed, asked, context),
          onStep: () => (stepBeganAt = performance.now()),
          onObserved: (news, learned, { haproxy, copies, lists, contradictions }) => {
            memory = learned;
            seen = { haproxy, copies, lists };
            isFirstPass = false;
            desk.drift(news);
            desk.contradicted(contradictions);
          },
        },
      );
      // A pass that ends with `hold` leaves the host's files alone.
      if (decision?.kind !== 'hold') await discardStagedRelease(host);
      if (failures > 0) log.warn({ failures }, 'pass.recovered');
      failures = 0;
      return { ...result, isFailure: false };
    } catch (err) {
      const outcome = failureOf(err, decision);
      memory = learnFailure(memory, outcome, {
        wanted,
        at: { now: performance.now(), random: Math.random(), triggers, policy },
      });
      failures += 1;
      log.warn({ err, failures, retryInMs: Math.round(memory.lookAt - performance.now()) }, 'pass.failed');
      return {
        memory,
        decision: { kind: 'hold', outcome, isHandsOff: false },
        outcome,
        repair: undefined,
        isFailure: true,
      };
    }
  }

  function wakeLater(): void {
    if (signal.aborted) return;
    const now = performance.now();
    const { at, trigger } = nextWake(memory, now);
    timer = setTimeout(() => loop.trigger(trigger), Math.ceil(at - now));
  }

  return {
    loop,
    certificates: () =>
      seen === undefined ? [] : reportCertificates(certificates.latest(), memory.certificates, seen),
    memory: () => memory,
    stepSince: () => (loop.status().runningSince === undefined ? undefined : stepBeganAt),
    copyFailure: () => context.copyFailure.last?.reason,
    haproxy: () => seen?.haproxy,
    news: desk.news,
  };
}

/** True if a text may have been checked or applied; a pass that finds nothing new leaves next to no garbage. */
function mayLeaveGarbage(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && outcome.kind !== 'unchanged';
}

/** The outcome of a pass that threw, because of a bug or because a part of the host can't be read. */
function failureOf(err: unknown, decision: Decision | undefined): Outcome {
  // Decisions of these kinds don't write the live file.
  const mayHaveChanged =
    decision !== undefined && !['keep', 'hold', 'pause', 'validate', 'renew'].includes(decision.kind);
  return {
    kind: 'failed',
    stage: 'pass',
    blame: [{ sources: [], message: describeFailure(err) }],
    restored: mayHaveChanged ? 'unknown' : true,
  };
}
