import type { Diagnostic } from '@kubefigurator/translator';
import {
  createHeapTrimmer,
  createReconcileLoop,
  type Logger,
  OperatorError,
  type ReconcileLoop,
} from '@kubefigurator/daemon';
import type { ClusterSnapshot, TranslatorSettings } from '@kubefigurator/translator';
import type { Obeyed } from '@kubefigurator/etcd-store';
import type { DiagnosticsLog } from './diagnostics.ts';
import { compileGuarded, type LeftOutTwice } from './guarded.ts';
import { createLookout } from './lookout.ts';
import type { ProducerMetrics } from './metrics.ts';
import type { Publication, Publisher } from './publish/publisher.ts';
import type { Pacer } from './pace/pacer.ts';
import { refuseExcess } from './publish/excess.ts';
import { approvedBy } from './publish/guard/approvals.ts';
import type { Guard } from './publish/guard/guard.ts';
import { entriesOf, type HeldKeeper } from './publish/guard/keeper.ts';
import type { Releases } from './publish/releases.ts';

/** A burst of changes is gathered into one pass; a lone change doesn't wait. */
const PACE = { quietMs: 50, maxWaitMs: 500, retry: { minMs: 250, maxMs: 15_000 } };

/**
 * What can start a pass: records of the cluster, the key or a request in etcd, a guard's time, a signal to read all again, a
 * namespace that may publish again, or another policy.
 */
export type Trigger = 'cluster' | 'etcd' | 'guard' | 'reload' | 'namespace' | 'policy';

export interface LoopOptions {
  /** Undefined until every kind of object has been read once. */
  readonly snapshot: () => ClusterSnapshot | undefined;
  /** As they are now: a policy may change. */
  readonly settings: () => TranslatorSettings;
  readonly pacer: Pacer;
  readonly publisher: Publisher;
  readonly releases: Releases;
  readonly guard: Guard;
  readonly keeper: HeldKeeper;
  /** When the list began that the snapshot is at least as new as, by `performance.now()`; undefined before there is one. */
  readonly listedAt: () => number | undefined;
  /** Lists everything again. */
  readonly refresh: () => void;
  readonly metrics: ProducerMetrics;
  readonly diagnosticsLog: DiagnosticsLog;
  /** Creates Events for what differs from before, in the background; called once the text is in etcd. */
  readonly reportEvents: (diagnostics: readonly Diagnostic[]) => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface ProducerLoop {
  /** Requests a pass: the cluster or the text in etcd has changed, or a person asks. */
  readonly trigger: (trigger: Trigger) => void;
  /** True if no trigger came since the last successful pass began. */
  readonly inSync: () => boolean;
  readonly status: ReconcileLoop<Trigger>['status'];
  /** Settles after the signal was aborted and the running pass has ended. */
  readonly done: Promise<void>;
}

/** The one loop of the producer: snapshot → admit → compile → log diagnostics → publish → Events. */
export function createLoop(options: LoopOptions): ProducerLoop {
  const { metrics, log, signal, guard, keeper } = options;
  const heap = createHeapTrimmer({ signal });
  /** Counts triggers, from 1: before the first pass nothing is in sync. */
  let triggered = 1;
  /** The value of `triggered` when the last successful pass began. */
  let served = 0;
  let leftOutBefore: LeftOutTwice | undefined;
  /** True if the last text was not published, since publications are paused. */
  let paused = false;

  async function pass(triggers: ReadonlySet<Trigger>): Promise<void> {
    const reason = [...triggers].join(', ');
    const listedAt = options.listedAt();
    const snapshot = options.snapshot();
    // Before all lists are complete the snapshot would miss objects, and the text would remove their Services.
    if (snapshot === undefined) return log.debug({ reason }, 'pass.postponed');
    const [started, serves] = [performance.now(), triggered];
    try {
      const releases = options.releases.waiting();
      const { approvals } = await keeper.board();
      const before = await options.publisher.standing();
      const admitted = options.pacer.admit(snapshot, triggers.has('reload'));
      const compiled = compileGuarded(admitted.snapshot, options.settings(), {
        noticed: admitted.diagnostics,
        before,
        releases,
        guard,
        isApproved: approvedBy(approvals),
        now: started,
        listedAt,
        run: metrics.measure,
        leftOutBefore,
      });
      leftOutBefore = compiled.leftOutOfBoth;
      const { text, diagnostics, summary, excesses, judgement } = compiled;
      options.diagnosticsLog.report(diagnostics);
      metrics.setCompilation({ diagnostics, summary });
      metrics.setHeld(judgement.verdict);
      refuseExcess(excesses);
      const { kind, revision, bytes } = await publish(text, { releases, held: entriesOf(approvals) });
      admitted.published();
      if (paused) log.warn('publication.resumed');
      paused = false;
      guard.published(judgement, compiled, started);
      await keeper.settle(judgement, approvals, started);
      lookout.expect({ at: keeper.next(), listAfter: judgement.verdict.confirmsAt });
      if (releases.length > 0) {
        options.releases.obeyed(releases);
        log.warn({ what: releases.map(({ name }) => name).join(', ') }, 'release.obeyed');
      }
      served = serves;
      metrics.passes.add(1, { result: 'ok' });
      const durationMs = Math.round((performance.now() - started) * 10) / 10;
      log.info({ reason, result: kind, revision, bytes, ...summary, durationMs }, 'pass.completed');
      options.reportEvents(diagnostics);
    } catch (error) {
      // The end of a pause starts the next pass.
      if (isPaused(error)) return stay(reason);
      metrics.passes.add(1, { result: 'failed' });
      throw error;
    } finally {
      heap.worked();
    }
  }

  function stay(reason: string): void {
    log[paused ? 'debug' : 'warn']({ reason }, 'publication.paused');
    paused = true;
  }

  async function publish(text: string, obeyed: Obeyed): Promise<Publication> {
    try {
      const publication = await metrics.measureAsync('publish', () =>
        options.publisher.publish(text, obeyed),
      );
      metrics.setPublication(publication);
      return publication;
    } catch (error) {
      metrics.publications.add(1, { result: isPaused(error) ? 'paused' : 'failed' });
      throw error;
    }
  }

  const lookout = createLookout({
    signal,
    listedAt: options.listedAt,
    refresh: options.refresh,
    onTime: () => loop.trigger('guard'),
  });
  const loop = createReconcileLoop<Trigger>({ pass, ...PACE, signal, log });
  return {
    trigger: (trigger) => {
      triggered += 1;
      loop.trigger(trigger);
    },
    inSync: () => served === triggered,
    status: loop.status,
    done: loop.done,
  };
}

function isPaused(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'paused';
}
