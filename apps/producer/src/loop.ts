import type { ClusterSnapshot, Diagnostic, TranslatorSettings } from '@kubefigurator/translator';
import {
  createHeapTrimmer,
  createReconcileLoop,
  type Logger,
  OperatorError,
  type ReconcileLoop,
} from '@kubefigurator/daemon';
import type { Obeyed } from '@kubefigurator/etcd-store';
import type { DiagnosticsLog } from './diagnostics.ts';
import { compileGuarded, type LeftOutTwice } from './guarded.ts';
import { createLookout } from './lookout.ts';
import type { ProducerMetrics } from './metrics.ts';
import type { Publication, Publisher } from './publish/publisher.ts';
import type { Pacer } from './pace/pacer.ts';
import { refuseExcess, ROOM } from './publish/excess.ts';
import type { Leadership, Part } from './publish/leadership.ts';
import type { Versions } from './publish/publication-record.ts';
import type { HistoryWriter } from './publish/history/history-writer.ts';
import type { PathOwner } from './publish/owner/path-owner.ts';
import type { PinWatch } from './publish/pin/pin-watch.ts';
import { compile } from './compile.ts';
import type { SizeWatch } from './publish/size-watch.ts';
import { createApprovalCheck } from './publish/guard/approvals.ts';
import type { Guard } from './publish/guard/guard.ts';
import { entriesOfApprovals, type HeldKeeper } from './publish/guard/keeper.ts';
import { type Releases, standingPartsOf } from './publish/releases.ts';

/** A burst of changes is gathered into one pass; a lone change doesn't wait. */
const PACE = { quietMs: 50, maxWaitMs: 500, restShare: 0.25, retry: { minMs: 250, maxMs: 15_000 } };

/**
 * What can start a pass: records of the cluster, the key or a request in etcd, a guard's time, the lead of this producer, a
 * signal to read all again, a namespace that may publish again, or another policy.
 */
export type Trigger = 'cluster' | 'etcd' | 'guard' | 'leader' | 'reload' | 'namespace' | 'policy';

export interface LoopOptions {
  /** Undefined until every kind of object has been read once. */
  readonly snapshot: () => ClusterSnapshot | undefined;
  /** As in `ClusterSource`. */
  readonly versions: () => Versions;
  /** As they are now: a policy may change. */
  readonly settings: () => TranslatorSettings;
  readonly pacer: Pacer;
  readonly publisher: Publisher;
  readonly releases: Releases;
  readonly guard: Guard;
  readonly keeper: HeldKeeper;
  readonly pathOwner: PathOwner;
  readonly leadership: Leadership;
  readonly pinWatch: PinWatch;
  readonly history: HistoryWriter;
  /** When the list began that the snapshot is at least as new as, by `performance.now()`; undefined before there is one. */
  readonly listedAt: () => number | undefined;
  /** Lists everything again. */
  readonly refresh: () => void;
  readonly metrics: ProducerMetrics;
  readonly sizeWatch: SizeWatch;
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

/** The one loop of the producer: snapshot → admit → compile → log diagnostics → publish → history → Events. */
export function createProducerLoop(options: LoopOptions): ProducerLoop {
  const { metrics, log, signal, guard, keeper } = options;
  const heap = createHeapTrimmer({ signal });
  /** Counts triggers, from 1: before the first pass nothing is in sync. */
  let triggered = 1;
  /** The value of `triggered` when the last successful pass began. */
  let served = 0;
  let leftOutBefore: LeftOutTwice | undefined;
  /** True if the last text was not published, since publications are paused. */
  let paused = false;
  /** True until this producer has published for the first time since another one did. */
  let isBeginning = false;

  async function pass(triggers: ReadonlySet<Trigger>): Promise<void> {
    const reason = [...triggers].join(', ');
    const listedAt = options.listedAt();
    const [snapshot, versions] = [options.snapshot(), options.versions()];
    // Before all lists are complete the snapshot would miss objects, and the text would remove their Services.
    if (snapshot === undefined) return log.debug({ reason }, 'pass.postponed');
    const [started, serves] = [performance.now(), triggered];
    // A policy that comes while this pass waits belongs to a later snapshot.
    const settings = options.settings();
    try {
      await options.pathOwner.terms();
      const part = await options.leadership.part(versions, versionOfPolicy(settings));
      if (part === 'wait' || part === 'follow')
        return await stayBehind(part, { snapshot, settings, reason, serves });
      if (part === 'begin') restart();
      const releases = options.releases.waiting();
      const { approvals } = await keeper.board();
      const before = await options.publisher.standing();
      const admitted = options.pacer.admit(snapshot, isBeginning || triggers.has('reload'));
      const compiled = compileGuarded(admitted.snapshot, settings, {
        noticed: admitted.diagnostics,
        before,
        releases,
        guard,
        isApproved: createApprovalCheck(approvals),
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
      if (await options.pinWatch.keepsPinned(text, reason)) return stayPinned();
      refuseExcess(excesses);
      const { kind, revision, bytes } = await publish(text, {
        releases,
        held: entriesOfApprovals(approvals),
      });
      admitted.published();
      options.history.note({
        ...{ revision, text, reason, snapshot: admitted.snapshot },
        policy: versionOfPolicy(settings),
      });
      isBeginning = false;
      options.sizeWatch.measure({ text, bytes });
      endPause();
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
      if (isHeldBack(error, reason)) return;
      metrics.passes.add(1, { result: 'failed' });
      throw error;
    } finally {
      heap.worked();
    }
  }

  /** What is held and waited for counts from the next publication on. */
  function stayPinned(): void {
    metrics.publications.add(1, { result: 'pinned' });
    lookout.expect({ at: undefined, listAfter: undefined });
  }

  /** True if the next pass begins when the pause ends, a text is unpinned, the path gets another owner, or this producer leads. */
  function isHeldBack(error: unknown, reason: string): boolean {
    if (hasCode(error, 'paused')) stay(reason);
    // The pass that follows knows of the pin from the start.
    else if (hasCode(error, 'pinned')) loop.trigger('etcd');
    else if (isRefused(error)) {
      metrics.publications.add(1, { result: 'refused' });
      showNothing();
      options.leadership.reconsider();
    } else return false;
    return true;
  }

  /** Another producer leads, or nobody yet: compiles only, so that its first publication comes at once if it has to lead. */
  async function stayBehind(part: Part, { snapshot, settings, reason, serves }: Behind): Promise<void> {
    lookout.expect({ at: undefined, listAfter: undefined });
    showNothing();
    options.pinWatch.stayBehind();
    options.history.stayBehind();
    if (part === 'wait') return;
    const before = await options.publisher.standing();
    const parts = standingPartsOf(before, [], settings.limits);
    const { leftOut } = compile(snapshot, settings, {
      ...{ ...parts, ...ROOM },
      leftOutBefore: leftOutBefore?.asked,
    });
    leftOutBefore = { asked: leftOut, guarded: leftOutBefore?.guarded ?? leftOut };
    served = serves;
    log.debug({ reason }, 'pass.rehearsed');
  }

  /** The metrics of the text are those of the producer that publishes it. */
  function showNothing(): void {
    metrics.clearCompilation();
    options.sizeWatch.forget();
  }

  /** Another producer has published since this one did, or since it was started: what etcd has counts. */
  function restart(): void {
    isBeginning = true;
    options.publisher.restart();
    options.history.restart();
    keeper.restart();
  }

  function endPause(): void {
    if (paused) log.warn('publication.resumed');
    paused = false;
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
      if (!isRefused(error)) metrics.publications.add(1, { result: resultOf(error) });
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

interface Behind {
  readonly snapshot: ClusterSnapshot;
  readonly settings: TranslatorSettings;
  readonly reason: string;
  /** The value of `triggered` when the pass began. */
  readonly serves: number;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof OperatorError && error.code === code;
}

function resultOf(error: unknown): string {
  const stopped = ['paused', 'pinned'].find((code) => hasCode(error, code));
  return stopped ?? 'failed';
}

/** The path is another cluster's, or another producer leads. */
function isRefused(error: unknown): boolean {
  return hasCode(error, 'other-cluster') || hasCode(error, 'fenced');
}

function versionOfPolicy({ policy }: TranslatorSettings): string | undefined {
  return policy?.version;
}
