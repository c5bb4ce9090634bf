import type { Diagnostic } from '@kubefigurator/translator';
import { createReconcileLoop, type Logger, type ReconcileLoop } from '@kubefigurator/daemon';
import type { ClusterSnapshot, TranslatorSettings } from '@kubefigurator/translator';
import type { ReleaseRequest } from '@kubefigurator/etcd-store';
import { compile } from './compile.ts';
import type { DiagnosticsLog } from './diagnostics.ts';
import type { ProducerMetrics } from './metrics.ts';
import type { Publication, Publisher } from './publish/publisher.ts';
import type { Pacer } from './pace/pacer.ts';
import { refuseExcess, ROOM } from './publish/excess.ts';
import { standingPartsOf, type Releases } from './publish/releases.ts';

/** A burst of changes is gathered into one pass; a lone change doesn't wait. */
const PACE = { quietMs: 50, maxWaitMs: 500, retry: { minMs: 250, maxMs: 15_000 } };

/**
 * What can start a pass: records of the cluster, the key or a release in etcd, a signal to read all again, or a namespace
 * that may publish again.
 */
export type Trigger = 'cluster' | 'etcd' | 'reload' | 'namespace';

export interface LoopOptions {
  /** Undefined until every kind of object has been read once. */
  readonly snapshot: () => ClusterSnapshot | undefined;
  readonly settings: TranslatorSettings;
  readonly pacer: Pacer;
  readonly publisher: Publisher;
  readonly releases: Releases;
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
  const { metrics, log, signal } = options;
  /** Counts triggers, from 1: before the first pass nothing is in sync. */
  let triggered = 1;
  /** The value of `triggered` when the last successful pass began. */
  let served = 0;

  async function pass(triggers: ReadonlySet<Trigger>): Promise<void> {
    const reason = [...triggers].join(', ');
    const snapshot = options.snapshot();
    // Before all lists are complete the snapshot would miss objects, and the text would remove their Services.
    if (snapshot === undefined) return log.debug({ reason }, 'pass.postponed');
    const [started, serves] = [performance.now(), triggered];
    try {
      const obeyed = options.releases.waiting();
      const before = await options.publisher.standing();
      const admitted = options.pacer.admit(snapshot, triggers.has('reload'));
      const { text, diagnostics, summary, excesses } = compile(admitted.snapshot, options.settings, {
        noticed: admitted.diagnostics,
        ...standingPartsOf(before, obeyed, options.settings.limits),
        ...ROOM,
        run: metrics.measure,
      });
      options.diagnosticsLog.report(diagnostics);
      metrics.setCompilation({ diagnostics, summary });
      refuseExcess(excesses);
      const { kind, revision, bytes } = await publish(text, obeyed);
      admitted.published(kind === 'published');
      if (obeyed.length > 0) {
        options.releases.obeyed(obeyed);
        log.warn({ what: obeyed.map(({ name }) => name).join(', ') }, 'release.obeyed');
      }
      served = serves;
      metrics.passes.add(1, { result: 'ok' });
      const durationMs = Math.round((performance.now() - started) * 10) / 10;
      log.info({ reason, result: kind, revision, bytes, ...summary, durationMs }, 'pass.completed');
      options.reportEvents(diagnostics);
    } catch (error) {
      metrics.passes.add(1, { result: 'failed' });
      throw error;
    }
  }

  async function publish(text: string, obeyed: readonly ReleaseRequest[]): Promise<Publication> {
    try {
      const publication = await metrics.measureAsync('publish', () =>
        options.publisher.publish(text, obeyed),
      );
      metrics.setPublication(publication);
      return publication;
    } catch (error) {
      metrics.publications.add(1, { result: 'failed' });
      throw error;
    }
  }

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
