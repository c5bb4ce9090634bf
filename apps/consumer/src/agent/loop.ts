import type { Outcome } from '@kubefigurator/config-model';
import type { Io, Logger, ReconcileLoop } from '@kubefigurator/daemon';
import { createReconcileLoop } from '@kubefigurator/daemon';
import type { Reading } from '@kubefigurator/etcd-store';
import type { AfterwardsTrigger } from '../afterwards.ts';
import { createAfterwards } from '../afterwards.ts';
import type { ApplyContext } from '../apply-context.ts';
import { createMemory } from '../apply-context.ts';
import { applyReading, revisionOf } from '../commands/apply.ts';
import type { DriftWatch } from './drift-watch.ts';
import { createDriftWatch, hasFileDrift } from './drift-watch.ts';
import type { Host } from '../host/host.ts';
import { readFreeze } from '../state/freeze.ts';
import { createRemovals } from '../haproxy/pending-deletions.ts';
import type { DatedNews } from '../status/compose.ts';
import { dateNews } from '../status/compose.ts';
import type { ConsumerMetrics } from '../metrics.ts';
import type { ReloadLimits } from '../reload-budget.ts';
import { createReloadBudget } from '../reload-budget.ts';
import { createReporter, describeOutcome, isServing } from '../status/describe.ts';

/** What the agent knows at one moment. */
export interface Knowledge {
  /** The newest word from etcd; undefined until it was first heard. */
  reading: Reading | undefined;
  news: DatedNews | undefined;
}

export interface AgentLoopParts {
  readonly io: Io;
  readonly log: Logger;
  readonly host: Host;
  readonly knowledge: Knowledge;
  readonly metrics: ConsumerMetrics;
  readonly reloads: ReloadLimits;
  /** What to do with a file that somebody edited. */
  readonly onDrift: 'repair' | 'report';
  /** Called when the status may be another one. */
  readonly onChange: () => void;
}

export interface AgentLoop {
  readonly loop: ReconcileLoop<Trigger>;
  readonly drift: DriftWatch;
}

/** What can start a pass. One that a person asked for by a signal overrides `--drift report`. */
export type Trigger = AfterwardsTrigger | 'etcd' | 'freeze' | 'signal';
type Triggers = ReadonlySet<Trigger>;

const RETRY_AFTER_BUGS = { minMs: 1_000, maxMs: 60_000 };

/** The one loop of the agent: each pass brings the newest reading onto the host and says what became of it. */
export function startAgentLoop(parts: AgentLoopParts): AgentLoop {
  const { io, log, host, knowledge, metrics, onChange } = parts;
  const { signal } = io;
  const report = createReporter(log);
  const context: ApplyContext = {
    host,
    log,
    signal,
    removals: createRemovals(host, signal),
    reloads: createReloadBudget(parts.reloads),
    memory: createMemory(),
  };
  let epoch = 0;
  const drift = createDriftWatch({
    host,
    log,
    epoch: () => epoch,
    onLook: ({ begun }) => {
      metrics.driftFound(begun);
      onChange();
    },
  });
  const loop = createReconcileLoop<Trigger>({
    pass,
    quietMs: 0,
    maxWaitMs: 0,
    retry: RETRY_AFTER_BUGS,
    signal,
    log,
  });
  const afterwards = createAfterwards({ host, signal, again: (trigger) => loop.trigger(trigger), look });
  afterwards.begin();

  async function pass(triggers: Triggers): Promise<void> {
    epoch += 1;
    // What was left out may be right by now.
    context.memory.tryAll ||= triggers.has('retry') || triggers.has('signal');
    // Who asks by hand has mended something: a reload that failed is no reason to wait any more.
    if (triggers.has('signal')) context.reloads.ended(undefined);
    try {
      await passOver(knowledge.reading, triggers);
    } finally {
      epoch += 1;
    }
  }

  async function passOver(reading: Reading | undefined, triggers: Triggers): Promise<void> {
    const started = performance.now();
    const outcome = await decide(reading, triggers);
    const repair = await repairFile(outcome);
    if (outcome === undefined || (signal.aborted && !isServing(outcome))) return;
    const durationMs = performance.now() - started;
    const revision = revisionOf(reading);
    tellThaw(outcome);
    report({ revision, outcome, durationMs });
    knowledge.news = dateNews(knowledge.news, { revision, outcome, durationMs }, new Date().toISOString());
    metrics.applied(outcome, revision, durationMs / 1000);
    await drift.settle(outcome);
    afterwards.schedule(repair?.kind === 'postponed' ? repair : outcome);
    onChange();
  }

  /** Undefined where etcd has not been heard yet. */
  async function decide(reading: Reading | undefined, triggers: Triggers): Promise<Outcome | undefined> {
    if (reading === undefined) return undefined;
    const mayOverwrite = parts.onDrift === 'repair' || triggers.has('signal');
    if (!mayOverwrite && (await isApplied(reading)) && (await drift.isFileEdited())) {
      const file = host.live.path;
      return {
        kind: 'kept',
        reason: `${file} was edited by hand, and --drift report leaves it so until the next text`,
      };
    }
    return applyReading(reading, context);
  }

  async function isApplied(reading: Reading): Promise<boolean> {
    return revisionOf(reading) === (await host.state.read())?.ledger.revision;
  }

  /** Where etcd has nothing to apply, an edited file is repaired from the last known good text. */
  async function repairFile(outcome: Outcome | undefined): Promise<Outcome | undefined> {
    const isFree = outcome === undefined || outcome.kind === 'kept' || outcome.kind === 'rejected';
    if (!isFree || parts.onDrift !== 'repair' || !hasFileDrift(drift.findings())) return undefined;
    const good = await host.state.read();
    if (good === undefined) return undefined;
    const { revision } = good.ledger;
    const published = { revision, text: good.release.text, bytes: 0 };
    const repair = await applyReading({ kind: 'published', published }, context);
    log[isServing(repair) ? 'info' : 'warn'](
      { revision, file: host.live.path, summary: describeOutcome(repair) },
      isServing(repair) ? 'drift.repaired' : 'drift.not-repaired',
    );
    return repair;
  }

  function tellThaw(outcome: Outcome): void {
    if (knowledge.news?.outcome.kind === 'frozen' && outcome.kind !== 'frozen') log.info({}, 'host.thawed');
  }

  async function look(): Promise<boolean> {
    const isFrozen = (await readFreeze(host.state.path)) !== undefined;
    const knew = knowledge.news?.outcome.kind === 'frozen';
    const isNews = knowledge.news !== undefined && isFrozen !== knew;
    return (await drift.look()) || isNews;
  }

  return { loop, drift };
}
