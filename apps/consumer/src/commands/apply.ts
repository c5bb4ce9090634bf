import type { Outcome } from '@kubefigurator/config-model';
import type { CommandContext } from '@kubefigurator/daemon';
import { createAlarm, delay, unlessStopped } from '@kubefigurator/daemon';
import type { Reading } from '@kubefigurator/etcd-store';
import { openConfigStore } from '@kubefigurator/etcd-store';
import { emptyMemory } from '@kubefigurator/rollout';
import { judgeReading, revisionOf } from '../apply/judge-reading.ts';
import { createCertificates } from '../apply/certificates.ts';
import { createCopyFailureState, keepCopies } from '../apply/keep-copies.ts';
import { createObserver } from '../apply/observe.ts';
import type { PassContext } from '../apply/pass.ts';
import { runPass } from '../apply/pass.ts';
import { createHaproxyGuards } from '../apply/guards.ts';
import { discardStagedRelease, execute, type ExecuteContext } from '../apply/pipeline.ts';
import { oneShotPolicy } from '../apply/policy.ts';
import { recover } from '../apply/recover.ts';
import { createPendingDeletions } from '../haproxy/pending-deletions.ts';
import { openHost } from '../host/host.ts';
import type { applySettings } from '../settings.ts';
import { describeOutcome, isHostInSync } from '../status/describe.ts';
import { createReporter } from '../status/report.ts';
import { takeHostLock } from './host-lock.ts';

/** Applies once, now; exit code 0 if HAProxy runs all of what etcd has, else 1. */
export async function runApply({ io, settings, log }: CommandContext<typeof applySettings>): Promise<number> {
  const host = await openHost(settings, { env: io.env, log });
  const lock = await takeHostLock(host, `pid ${io.pid} (apply)`);
  const store = openConfigStore(settings, { log });
  try {
    const started = performance.now();
    const reading = await unlessStopped(store.read(), io.signal);
    const pending = createPendingDeletions(host.sockets.runtime, { signal: io.signal });
    const outcome = await applyOnce(reading, {
      host,
      log,
      signal: io.signal,
      pending,
      ledgerAlarm: createAlarm(),
      guards: createHaproxyGuards(host, log),
      certificates: createCertificates(host),
      copyFailure: createCopyFailureState(),
    });
    const revision = revisionOf(reading);
    createReporter(log)({ revision, outcome, durationMs: performance.now() - started });
    io.stdout.write(`${host.name}: revision ${revision ?? 'none'}: ${describeOutcome(outcome)}\n`);
    return isHostInSync(outcome) ? 0 : 1;
  } finally {
    await store.close();
    await lock.release();
  }
}

async function applyOnce(reading: Reading, context: ExecuteContext): Promise<Outcome> {
  const { host, signal } = context;
  const policy = oneShotPolicy(host);
  const wanted = judgeReading(reading, host.gate);
  const passContext: PassContext = {
    observer: createObserver(host, context.certificates),
    policy,
    execute: (decision, observation) => execute(decision, observation, context),
    recover: (observation) => recover(observation, context),
    conclude: (learned, observation) => keepCopies(learned, observation, wanted, context),
  };
  let memory = emptyMemory({ now: performance.now(), policy });
  for (;;) {
    const { decision, outcome, ...result } = await runPass(
      { memory, wanted, triggers: new Set(['signal']) },
      passContext,
    );
    await discardStagedRelease(host);
    ({ memory } = result);
    // The host may change during the wait for the jitter, so another pass observes it again.
    if (decision.kind === 'postpone' && decision.why === 'jitter')
      await unlessStopped(delay(decision.waitMs, signal), signal);
    else if (outcome !== undefined) return outcome;
    else throw new Error('a single pass ended without an outcome');
  }
}
