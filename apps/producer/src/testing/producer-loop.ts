import { Writable } from 'node:stream';
import { createLogger } from '@kubefigurator/daemon';
import { type ClusterSnapshot, defaultTranslatorSettings, type Diagnostic } from '@kubefigurator/translator';
import { createDiagnosticsLog } from '../diagnostics.ts';
import { createProducerLoop, type ProducerLoop } from '../loop.ts';
import { createProducerMetrics, type ProducerMetrics } from '../metrics.ts';
import { createPacer, type Pacer } from '../pace/pacer.ts';
import { createGuard } from '../publish/guard/guard.ts';
import { createHeldKeeper, type HeldKeeper } from '../publish/guard/keeper.ts';
import type { Leadership } from '../publish/leadership.ts';
import { createHistoryWriter, type HistoryWriter } from '../publish/history/history-writer.ts';
import { createPinWatch } from '../publish/pin/pin-watch.ts';
import { createPins, type Pins } from '../publish/pin/pins.ts';
import { createPathOwner } from '../publish/owner/path-owner.ts';
import { createPublisher } from '../publish/publisher.ts';
import { createReleases, type Releases } from '../publish/releases.ts';
import { createSizeWatch } from '../publish/size-watch.ts';
import { createMemoryStore, type MemoryStore } from '../publish/testing/memory-store.ts';

/** A producer's loop whose cluster is given by the test and whose etcd is in memory. */
export interface StartedLoop {
  readonly loop: ProducerLoop;
  readonly store: MemoryStore;
  readonly metrics: ProducerMetrics;
  readonly releases: Releases;
  readonly keeper: HeldKeeper;
  readonly pacer: Pacer;
  readonly pins: Pins;
  readonly history: HistoryWriter;
  /** The lines of the log. */
  readonly logged: readonly Readonly<Record<string, unknown>>[];
  /** What each publication reported. */
  readonly reported: readonly (readonly Diagnostic[])[];
}

export interface LoopUnderTest {
  readonly snapshot: () => ClusterSnapshot | undefined;
  readonly leadership: Leadership;
  readonly signal: AbortSignal;
  /** From which share of a limit on a text is logged as large; by default 0.8. */
  readonly sizeWarning?: number;
}

export function startProducerLoop(options: LoopUnderTest): StartedLoop {
  const { snapshot, leadership, signal, sizeWarning = 0.8 } = options;
  const logged: Readonly<Record<string, unknown>>[] = [];
  const reported: (readonly Diagnostic[])[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged.push(JSON.parse(chunk.toString()) as Readonly<Record<string, unknown>>);
      done();
    },
  });
  const log = createLogger({ level: 'debug', format: 'json', stream, journal: false });
  const store = createMemoryStore();
  const releases = createReleases();
  const metrics = createProducerMetrics({
    sourceAlive: () => undefined,
    etcdAlive: () => undefined,
    sourceComplete: () => true,
    isPaused: () => false,
    isPinned: () => false,
    isPinUnrestored: () => false,
    leads: leadership.leads,
    isPolicyRefused: () => false,
    namespacesWaiting: () => pacer.waiting(),
    inSync: () => loop.inSync(),
  });
  const guard = createGuard({ guards: true, share: 0.5, minimum: 4, confirmAfterMs: 300_000 });
  const keeper = createHeldKeeper({ store, guard, leader: () => undefined, log });
  const pacer = createPacer({
    limits: { burst: 2, intervalMs: 300 },
    onDue: () => loop.trigger('namespace'),
    log,
    signal,
  });
  void store.writeOwner('{"cluster":"nyc1"}', { revision: '0', value: undefined });
  const pathOwner = createPathOwner({ store, cluster: () => ({ name: 'nyc1', uid: undefined }), log });
  const pins = createPins(store);
  const publisher = createPublisher({ store, pathOwner, pins, lead: () => ({}), log, signal });
  const leader = (): undefined => undefined;
  const history = createHistoryWriter({ store, most: 50, by: 'a test', leader, log });
  const loop = createProducerLoop({
    ...{ publisher, history, pinWatch: createPinWatch({ store, pins, publisher, leader, log }) },
    ...{ pacer, snapshot, guard, keeper, pathOwner, leadership, releases, metrics, log, signal },
    versions: () => ({}),
    listedAt: () => undefined,
    refresh: () => undefined,
    settings: () => defaultTranslatorSettings,
    sizeWatch: createSizeWatch({ part: sizeWarning, onMeasured: metrics.setRoom, log }),
    diagnosticsLog: createDiagnosticsLog(log),
    reportEvents: (diagnostics) => reported.push(diagnostics),
  });
  return { loop, store, metrics, releases, keeper, pacer, pins, history, logged, reported };
}
