import { randomUUID } from 'node:crypto';
import { defineCommand, delay, serveHealth } from '@kubefigurator/daemon';
import { openConfigStore } from '@kubefigurator/etcd-store';
import { readIntents } from '@kubefigurator/translator';
import { observe } from '../cluster/observe.ts';
import { openPolicy } from '../cluster/observe-policy.ts';
import { createEventBudget } from '../cluster/report/event-budget.ts';
import { createEvents, type EventResult } from '../cluster/report/events.ts';
import { createDiagnosticsLog } from '../diagnostics.ts';
import { guardSettingsOf } from '../guard-settings.ts';
import { createProducerLoop } from '../loop.ts';
import { createProducerMetrics } from '../metrics.ts';
import { createPacer } from '../pace/pacer.ts';
import { followKey } from '../publish/follow-key.ts';
import { createGuard } from '../publish/guard/guard.ts';
import { createHeldKeeper } from '../publish/guard/keeper.ts';
import { createLeadership, describeProcess } from '../publish/leadership.ts';
import { createHistoryWriter } from '../publish/history/history-writer.ts';
import { createPathOwner } from '../publish/owner/path-owner.ts';
import { createPinWatch } from '../publish/pin/pin-watch.ts';
import { createPins } from '../publish/pin/pins.ts';
import { createPublisher } from '../publish/publisher.ts';
import { createSizeWatch } from '../publish/size-watch.ts';
import { createReleases } from '../publish/releases.ts';
import { publishedCluster, watchSettings } from '../settings.ts';
import { createSettingsOfPolicy } from '../translator-settings.ts';
import { watchHosts } from './watch-hosts.ts';

/** `/healthz` fails if a pass runs longer than this, so that the process is restarted. */
const STUCK_MS = 120_000;
/** How long, after the signal, the parts of the program may take to end. */
const SHUTDOWN_LIMIT_MS = 1_500;

/** The service: observes and publishes until it is asked to stop. */
export const watch = defineCommand({
  name: 'watch',
  summary: 'the service: observe the cluster and publish until it is stopped',
  description: 'SIGHUP and SIGUSR1 read everything again; SIGTERM and SIGINT stop.',
  settings: watchSettings,
  run: async ({ io, settings, log }) => {
    const { signal } = io;
    const cluster = publishedCluster(settings);
    const follow = await openPolicy({ settings, io, log });
    const store = openConfigStore(settings, { log });
    // The source calls these only after it has read something, when `loop` and `policy` exist.
    const settingsOfPolicy = createSettingsOfPolicy(settings);
    const source = await observe({
      ...{ settings, io, log },
      onChange: () => loop.trigger('cluster'),
      // What a Service asks for is remembered, so that less is left for the pass.
      onListedRecord: (alone) => {
        if (policy.ready() === true) readIntents(alone, settingsOfPolicy(policy.current()));
      },
    });
    const metrics = createProducerMetrics({
      sourceAlive: source.lastProofOfLife,
      etcdAlive: () => etcd.state().lastProofOfLife,
      sourceComplete: () => source.ready() === true,
      namespacesWaiting: () => (leadership.leads() ? pacer.waiting() : 0),
      inSync: () => etcd.state().connected && loop.inSync(),
      leads: () => leadership.leads(),
      isPolicyRefused: () => policy.trouble() !== undefined,
      isPaused: () => keeper.news.board()?.pause !== undefined,
      isPinned: () => pins.known()?.kind === 'pinned',
      isPinUnrestored: () => leadership.leads() && pinWatch.isUnrestored(),
    });
    const eventsOptions =
      settings.events && source.events !== undefined
        ? {
            access: source.events,
            instance: io.hostName,
            log,
            signal,
            budget: createEventBudget(),
            onResult: (result: EventResult): void => metrics.events.add(1, { result }),
          }
        : undefined;
    const events = eventsOptions && createEvents(eventsOptions);
    const hosts =
      eventsOptions &&
      watchHosts({
        ...{ settings, eventsOptions, log },
        mayReport: () => leadership.leads() && loop.inSync(),
        patienceMs: settings.livePatience,
      });
    const onConflict = (): void => metrics.publications.add(1, { result: 'conflict' });
    const pathOwner = createPathOwner({ store, cluster: () => ({ ...cluster, uid: source.uid() }), log });
    const leadership = createLeadership({
      store,
      self: { id: randomUUID(), host: io.hostName, pid: io.pid },
      refusal: pathOwner.refusal,
      refresh: source.refresh,
      onChange: (leads) => {
        // Another producer may have created the Events of what is known since.
        if (leads) [events, hosts].forEach((each) => each?.repeat());
        loop.trigger('leader');
      },
      log,
      signal,
    });
    const pins = createPins(store);
    const publisher = createPublisher({
      store,
      pathOwner,
      pins,
      lead: () => {
        const leader = leadership.condition();
        return leader === undefined ? {} : { leader, record: leadership.record() };
      },
      onFenced: leadership.reconsider,
      ...{ log, signal, onConflict },
    });
    const releases = createReleases();
    const guard = createGuard(guardSettingsOf(settings));
    const keeper = createHeldKeeper({ store, guard, leader: leadership.condition, log });
    const leader = leadership.condition;
    const history = createHistoryWriter({
      ...{ store, leader, log, most: settings.history },
      by: describeProcess(io),
    });
    const pacer = createPacer({
      limits: { burst: settings.namespaceChanges, intervalMs: settings.namespaceInterval },
      onDue: () => loop.trigger('namespace'),
      log,
      signal,
    });
    const pinWatch = createPinWatch({ store, pins, publisher, leader, log });
    const loop = createProducerLoop({
      ...{ releases, guard, keeper, pathOwner, leadership, pinWatch },
      history: {
        ...history,
        note: (confirmed) => {
          history.note(confirmed);
          hosts?.published(confirmed);
        },
      },
      listedAt: source.listedAt,
      refresh: source.refresh,
      // Without the policy, every namespace could claim everything.
      snapshot: () => (policy.ready() === true ? source.snapshot() : undefined),
      versions: source.versions,
      settings: () => settingsOfPolicy(policy.current()),
      pacer,
      publisher,
      metrics,
      sizeWatch: createSizeWatch({
        part: settings.sizeWarning / 100,
        onMeasured: metrics.setRoom,
        log,
      }),
      diagnosticsLog: createDiagnosticsLog(log),
      reportEvents: (diagnostics) => {
        if (leadership.leads()) events?.report(diagnostics);
      },
      log,
      signal,
    });
    const policy = follow({
      labels: { follow: source.followNamespaces, ready: source.namespacesReady },
      // `follow` reads a policy file before it returns, when `policy` isn't assigned yet.
      onChange: () => queueMicrotask(() => loop.trigger('policy')),
    });
    const again = (): void => loop.trigger('etcd');
    const onForeign = (): void => {
      // A pin comes with its text, of which the watch may tell first.
      void pins
        .refresh()
        .catch(() => undefined)
        .then((known) => {
          const isExpected = known?.marker?.kind === 'pinned';
          if (leadership.leads() && !isExpected) metrics.foreignTexts.add();
          again();
        });
    };
    const etcd = followKey({
      store,
      publisher,
      pathOwner,
      releases,
      held: keeper.news,
      pins,
      signal,
      onForeign,
      onPin: again,
      onRelease: again,
      onHeld: again,
      onOwner: again,
    });
    const stopReloading = io.onReload(() => {
      log.info('reload.requested');
      source.refresh();
      policy.refresh();
      publisher.forget();
      events?.repeat();
      hosts?.repeat();
      loop.trigger('reload');
    });
    const health = await serveHealth({
      address: settings.metricsAddress,
      givesReasons: settings.metricsDetails === 'on',
      metrics: metrics.metrics,
      healthy: () => isAlive(loop.status().runningSince) || 'a pass is stuck',
      ready: () => {
        const isReady = policy.ready() === true ? source.ready() : policy.ready();
        return isReady === true ? (pathOwner.refusal() ?? true) : isReady;
      },
      note: policy.trouble,
      log,
      signal,
    });

    log.info({ key: store.key }, 'program.started');
    await Promise.race([
      Promise.all([source.done, policy.done, etcd.done, loop.done, leadership.done, hosts?.done]),
      limitAfter(signal),
    ]);
    stopReloading();
    hosts?.close();
    await Promise.race([Promise.all([store.close(), health.close()]), delay(300)]);
    log.info('program.stopped');
    return 0;
  },
});

function isAlive(runningSince: number | undefined): boolean {
  return runningSince === undefined || performance.now() - runningSince < STUCK_MS;
}

/** Settles `SHUTDOWN_LIMIT_MS` after the signal: a dependency that doesn't answer must not delay the end. */
async function limitAfter(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await delay(SHUTDOWN_LIMIT_MS);
}
