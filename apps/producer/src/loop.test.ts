import { Writable } from 'node:stream';
import type { Diagnostic } from '@kubefigurator/translator';
import { createLogger } from '@kubefigurator/daemon';
import { type ClusterSnapshot, defaultTranslatorSettings } from '@kubefigurator/translator';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDiagnosticsLog } from './diagnostics.ts';
import { createLoop, type ProducerLoop } from './loop.ts';
import { createProducerMetrics, type ProducerMetrics } from './metrics.ts';
import { createPublisher } from './publish/publisher.ts';
import { createReleases, type Releases } from './publish/releases.ts';
import { createMemoryStore, type MemoryStore } from './publish/testing/memory-store.ts';

const EMPTY: ClusterSnapshot = { services: [], nodes: [] };

let snapshot: ClusterSnapshot | undefined;
let store: MemoryStore;
let metrics: ProducerMetrics;
let loop: ProducerLoop;
let logged: Readonly<Record<string, unknown>>[];
let reported: (readonly Diagnostic[])[];
let stop: AbortController;
let releases: Releases;

beforeEach(() => {
  snapshot = EMPTY;
  store = createMemoryStore();
  stop = new AbortController();
  releases = createReleases();
  logged = [];
  reported = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged.push(JSON.parse(chunk.toString()) as Readonly<Record<string, unknown>>);
      done();
    },
  });
  const log = createLogger({ level: 'debug', format: 'json', stream, journal: false });
  const unknown = { sourceAlive: () => undefined, etcdAlive: () => undefined, sourceComplete: () => true };
  metrics = createProducerMetrics({ ...unknown, inSync: () => loop.inSync() });
  loop = createLoop({
    snapshot: () => snapshot,
    settings: defaultTranslatorSettings,
    releases,
    publisher: createPublisher({ store, log, signal: stop.signal }),
    metrics,
    diagnosticsLog: createDiagnosticsLog(log),
    reportEvents: (diagnostics) => reported.push(diagnostics),
    log,
    signal: stop.signal,
  });
});

afterEach(async () => {
  stop.abort();
  await loop.done;
});

const events = (): unknown[] => logged.map(({ msg }) => msg);
const passes = (count: number): Promise<void> =>
  vi.waitFor(() => expect(loop.status().passes).toBe(count), { timeout: 3_000 });

it('publishes what the snapshot means, and is in sync then', async () => {
  expect(loop.inSync()).toBe(false);
  loop.trigger('cluster');
  await passes(1);
  expect(store.text()).toMatch(/^# /);
  expect(loop.inSync()).toBe(true);
  expect(logged.at(-1)).toMatchObject({ msg: 'pass.completed', reason: 'cluster', result: 'published' });
  expect(reported).toMatchObject([[{ code: 'no-services' }]]);
});

it('publishes nothing before everything has been read', async () => {
  snapshot = undefined;
  loop.trigger('cluster');
  await passes(1);
  expect([store.text(), loop.inSync(), events()]).toEqual([undefined, false, ['pass.postponed']]);
});

it('is not in sync after a trigger during the publication, until another pass has handled it', async () => {
  store.beforeWrite = () => {
    loop.trigger('cluster');
    store.beforeWrite = () => undefined;
  };
  loop.trigger('cluster');
  await passes(1);
  expect(loop.inSync()).toBe(false);
  await passes(2);
  expect(loop.inSync()).toBe(true);
});

it('tries a failed publication again, and reports no Events before it succeeded', async () => {
  store.beforeWrite = () => {
    store.beforeWrite = () => undefined;
    throw new Error('etcd is away');
  };
  loop.trigger('cluster');
  await passes(1);
  expect([store.text(), loop.inSync(), reported]).toEqual([undefined, false, []]);
  await passes(2);
  expect(loop.inSync()).toBe(true);
  expect(events().filter((event) => event !== 'diagnostic.appeared')).toEqual([
    'pass.failed',
    'pass.completed',
    'pass.recovered',
  ]);
  const text = await metrics.metrics.text();
  for (const line of [
    'passes_total{result="failed"} 1',
    'passes_total{result="ok"} 1',
    'publications_total{result="failed"} 1',
  ])
    expect(text).toContain(`kubefigurator_producer_${line}`);
});
