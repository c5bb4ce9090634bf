import { createReconcileLoop, defineCommand, delay, serveHealth } from '@kubefigurator/daemon';
import { type ConfigStore, type FollowState, openStore } from '@kubefigurator/etcd-store';
import { createEvents, type Events, type EventsOptions } from '../cluster/report/events.ts';
import type { ClusterSource } from '../cluster/source.ts';
import { createDiagnosticsLog } from '../diagnostics.ts';
import { createProducerMetrics } from '../metrics.ts';
import { observe } from '../cluster/observe.ts';
import { createPass, type Trigger } from '../pass.ts';
import { createPublisher, type Publisher } from '../publish/publisher.ts';
import { translatorSettingsOf, watchSettings } from '../settings.ts';

/** A burst of changes is one pass; a lone change waits for nothing. */
const GATHERING = { quietMs: 50, maxWaitMs: 500, retry: { minMs: 250, maxMs: 15_000 } };
/** A pass that runs longer than this doesn't live any more. */
const STUCK_MS = 120_000;
const SHUTDOWN_LIMIT_MS = 1_500;

/** The service: observes, and publishes whatever comes of it, until it is asked to stop. */
export const watch = defineCommand({
  name: 'watch',
  summary: 'the service: observe and publish for ever',
  description: 'SIGHUP and SIGUSR1 read everything again; SIGTERM and SIGINT stop.',
  settings: watchSettings,
  run: async ({ io, settings, log }) => {
    const { signal } = io;
    const store = openStore(settings, { log });
    // The source tells of changes once it has read something, which is later than the rest of this function.
    const source = await observe({ settings, io, log, onChange: () => change('cluster') });
    const metrics = createProducerMetrics({
      sourceAlive: source.lastProofOfLife,
      etcdAlive: () => etcd.state().lastProofOfLife,
      sourceComplete: () => source.ready() === true,
      inSync: () => etcd.state().connected && pass.inSync(),
    });
    const events = settings.events
      ? eventsOn(source, {
          instance: io.hostName,
          log,
          signal,
          onResult: (result) => metrics.events.add(1, { result }),
        })
      : undefined;
    const publisher = createPublisher({
      store,
      log,
      signal,
      onConflict: () => metrics.publications.add(1, { result: 'conflict' }),
    });
    const pass = createPass({
      snapshot: source.snapshot,
      settings: translatorSettingsOf(settings),
      publisher,
      metrics,
      diagnosticsLog: createDiagnosticsLog(log),
      announce: (diagnostics) => events?.report(diagnostics),
      log,
    });
    const loop = createReconcileLoop({ pass: pass.run, ...GATHERING, signal, log });
    const change = (trigger: Trigger): void => {
      pass.outdated();
      loop.trigger(trigger);
    };
    const etcd = followKey({ store, publisher, signal, onForeign: () => change('etcd') });
    const stopReloading = io.onReload(() => {
      log.info('reload.requested');
      source.refresh();
      publisher.forget();
      events?.repeat();
      change('reload');
    });
    const health = await serveHealth({
      address: settings.metricsAddress,
      metrics: metrics.metrics,
      healthy: () => {
        const { runningSince } = loop.status();
        return runningSince === undefined || performance.now() - runningSince < STUCK_MS || 'a pass is stuck';
      },
      ready: source.ready,
      log,
      signal,
    });

    await Promise.race([Promise.all([source.done, etcd.done, loop.done]), limitAfter(signal)]);
    stopReloading();
    await Promise.race([Promise.all([store.close(), health.close()]), delay(300)]);
    log.info('watch.stopped');
    return 0;
  },
});

/** Events, where the source takes them. */
function eventsOn(source: ClusterSource, options: Omit<EventsOptions, 'access'>): Events | undefined {
  return source.events === undefined ? undefined : createEvents({ ...options, access: source.events });
}

interface FollowKeyOptions {
  readonly store: ConfigStore;
  readonly publisher: Publisher;
  readonly signal: AbortSignal;
  /** Called when our text has to go back. */
  readonly onForeign: () => void;
}

/** Follows the key, so that a text of somebody else doesn't stay. */
function followKey(options: FollowKeyOptions): {
  readonly state: () => FollowState;
  readonly done: Promise<void>;
} {
  const { store, publisher, signal, onForeign } = options;
  let current: FollowState = { connected: false, lastProofOfLife: undefined };
  const done = store.follow({
    signal,
    onReading: (reading) => {
      if (publisher.notice(reading)) onForeign();
    },
    onState: (state) => {
      current = state;
    },
  });
  return { state: () => current, done };
}

/** Settles some time after the signal: a dependency that doesn't answer must not hold up the end. */
async function limitAfter(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await delay(SHUTDOWN_LIMIT_MS);
}
