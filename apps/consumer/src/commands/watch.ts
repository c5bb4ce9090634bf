import type { Outcome } from '@kubefigurator/config-model';
import type { CommandContext, Io, Logger, ReconcileLoop } from '@kubefigurator/daemon';
import { createReconcileLoop, notifySystemd, serveHealth } from '@kubefigurator/daemon';
import type { ConfigStore, FollowState, Reading } from '@kubefigurator/etcd-store';
import { openStore } from '@kubefigurator/etcd-store';
import { createAfterwards } from '../afterwards.ts';
import type { Host } from '../host/host.ts';
import { openHost } from '../host/host.ts';
import { createRemovals } from '../host/removals.ts';
import type { ConsumerMetrics } from '../metrics.ts';
import { createConsumerMetrics } from '../metrics.ts';
import { createReloadBudget } from '../reload-budget.ts';
import { createReporter, describeOutcome, isServing } from '../report.ts';
import type { watchSettings } from '../settings.ts';
import { isAlive, startWatchdog } from '../watchdog.ts';
import { applyReading, revisionOf, takeHostLock } from './apply.ts';

/** What the agent knows at one moment. */
interface Knowledge {
  /** The newest word from etcd; undefined until it was first heard. */
  reading: Reading | undefined;
  outcome: Outcome | undefined;
  etcd: FollowState;
}

/** The agent: receive, apply, report, until it is told to stop. */
export async function runWatch({ io, settings, log }: CommandContext<typeof watchSettings>): Promise<number> {
  const host = await openHost(settings, { env: io.env, log });
  const lock = await takeHostLock(host, `pid ${io.pid} (watch)`);
  const store = openStore(settings, { log });
  const knowledge: Knowledge = {
    reading: undefined,
    outcome: undefined,
    etcd: { connected: false, lastProofOfLife: undefined },
  };
  const startedAt = performance.now();
  const metrics = createConsumerMetrics(
    () => (performance.now() - (knowledge.etcd.lastProofOfLife ?? startedAt)) / 1000,
  );
  const loop = startLoop({ io, log, host, knowledge, metrics });
  const health = await serveHealth({
    address: settings.metricsAddress,
    metrics: metrics.registry,
    healthy: () => isAlive(loop) || 'a pass has been running for too long',
    ready: () => readiness(knowledge),
    log,
    signal: io.signal,
  });
  const stopReloads = io.onReload(() => void readAgain({ store, knowledge, loop, log }));
  const stopWatchdog = startWatchdog(io, loop);
  log.info(
    { host: host.name, key: store.key, config: host.live.path, method: host.way.method },
    'agent.started',
  );
  void notifySystemd(io, 'READY=1', 'STATUS=waiting for etcd');
  try {
    await Promise.all([follow({ store, io, knowledge, loop, metrics, log }), loop.done]);
  } finally {
    stopReloads();
    stopWatchdog();
    await Promise.all([health.close(), store.close(), lock.release()]);
  }
  log.info({}, 'agent.stopped');
  return 0;
}

interface LoopParts {
  readonly io: Io;
  readonly log: Logger;
  readonly host: Host;
  readonly knowledge: Knowledge;
  readonly metrics: ConsumerMetrics;
}

const RETRY_AFTER_BUGS = { minMs: 1_000, maxMs: 60_000 };

function startLoop({ io, log, host, knowledge, metrics }: LoopParts): ReconcileLoop {
  const report = createReporter(log);
  const removals = createRemovals(host, io.signal);
  const reloads = createReloadBudget(host.reloads);
  const memory = { known: undefined };
  const loop = createReconcileLoop({
    pass,
    quietMs: 0,
    maxWaitMs: 0,
    retry: RETRY_AFTER_BUGS,
    signal: io.signal,
    log,
  });
  const afterwards = createAfterwards({ host, signal: io.signal, again: (reason) => loop.trigger(reason) });

  async function pass(): Promise<void> {
    const { reading } = knowledge;
    if (reading === undefined) return;
    const started = performance.now();
    const outcome = await applyReading(reading, { host, log, signal: io.signal, removals, reloads, memory });
    if (io.signal.aborted && !isServing(outcome)) return;
    const durationMs = performance.now() - started;
    const revision = revisionOf(reading);
    knowledge.outcome = outcome;
    report({ revision, outcome, durationMs });
    metrics.applied(outcome, revision, durationMs / 1000);
    void notifySystemd(
      io,
      `STATUS=revision ${revision ?? 'none'}: ${describeOutcome(outcome)}`.slice(0, 400),
    );
    afterwards.schedule(outcome, reading === knowledge.reading);
  }

  return loop;
}

interface Following {
  readonly store: ConfigStore;
  readonly io: Io;
  readonly knowledge: Knowledge;
  readonly loop: ReconcileLoop;
  readonly metrics: ConsumerMetrics;
  readonly log: Logger;
}

function follow({ store, io, knowledge, loop, metrics, log }: Following): Promise<void> {
  return store.follow({
    signal: io.signal,
    onReading: (reading) => {
      knowledge.reading = reading;
      metrics.seen(revisionOf(reading));
      log.debug({ revision: revisionOf(reading), kind: reading.kind }, 'reading.received');
      loop.trigger('etcd');
    },
    onState: (state) => {
      if (state.connected !== knowledge.etcd.connected) {
        if (state.connected) log.info({}, 'etcd.connected');
        else log.warn({ reason: state.reason }, 'etcd.lost');
      } else if (!state.connected && state.reason !== knowledge.etcd.reason) {
        log.warn({ reason: state.reason }, 'etcd.unreachable');
      }
      knowledge.etcd = state;
    },
  });
}

/** SIGHUP: look at etcd again and apply now, whatever the watch says. */
async function readAgain({
  store,
  knowledge,
  loop,
  log,
}: Pick<Following, 'store' | 'knowledge' | 'loop' | 'log'>): Promise<void> {
  log.info({}, 'reload.requested');
  try {
    knowledge.reading = await store.read();
  } catch (err) {
    log.warn({ err }, 'etcd.unreachable');
  }
  loop.trigger('signal');
}

/** Ready is: HAProxy runs what this host can take of the revision etcd has, as far as etcd can be heard. */
function readiness({ outcome, reading }: Knowledge): true | string {
  if (reading === undefined) return 'etcd has not been heard yet';
  if (outcome === undefined) return 'nothing has been applied yet';
  return isServing(outcome) || describeOutcome(outcome);
}
