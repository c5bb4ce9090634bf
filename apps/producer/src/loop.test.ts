import { Writable } from 'node:stream';
import type { Diagnostic } from '@kubefigurator/translator';
import { createLogger } from '@kubefigurator/daemon';
import { type ClusterSnapshot, defaultTranslatorSettings } from '@kubefigurator/translator';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDiagnosticsLog } from './diagnostics.ts';
import { createLoop, type ProducerLoop } from './loop.ts';
import { createProducerMetrics, type ProducerMetrics } from './metrics.ts';
import { createPacer, type Pacer } from './pace/pacer.ts';
import { service } from './pace/testing/services.ts';
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
let pacer: Pacer;

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
  const unknown = {
    sourceAlive: () => undefined,
    etcdAlive: () => undefined,
    sourceComplete: () => true,
    namespacesWaiting: () => pacer.waiting(),
  };
  metrics = createProducerMetrics({ ...unknown, inSync: () => loop.inSync() });
  pacer = createPacer({
    limits: { burst: 2, intervalMs: 300 },
    settings: defaultTranslatorSettings,
    onDue: () => loop.trigger('namespace'),
    log,
    signal: stop.signal,
  });
  loop = createLoop({
    pacer,
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

it('lets a namespace that changes too often wait, says so once, and publishes its newest state by itself', async () => {
  const write = async (evil: string, shop: string): Promise<void> => {
    const { passes: before } = loop.status();
    snapshot = {
      services: [
        service('evil/web', { hostname: `${evil}.example.com` }),
        service('shop/web', { hostname: `${shop}.example.net`, nodePort: 30002 }),
      ],
      nodes: [],
    };
    loop.trigger('cluster');
    await passes(before + 1);
  };
  const waitsNow = (): unknown[] => reported.at(-1)?.filter(({ code }) => code === 'changes-too-often') ?? [];
  for (const evil of ['e0', 'e1', 'e2', 'e3']) await write(evil, 's0');
  await write('e4', 's1');
  expect(store.text()).toContain('e2.example.com');
  expect(store.text()).toContain('s1.example.net');
  expect(store.text()).not.toMatch(/e[34]\.example\.com/);
  expect([loop.inSync(), pacer.waiting()]).toEqual([true, 1]);
  expect(waitsNow()).toMatchObject([{ object: { kind: 'Service', namespace: 'evil', name: 'web' } }]);
  await vi.waitFor(() => expect(store.text()).toContain('e4.example.com'), { timeout: 3_000 });
  await vi.waitFor(() => expect(events()).toContain('namespace.resumed'), { timeout: 3_000 });
  expect(events().filter((event) => String(event).startsWith('namespace.'))).toEqual([
    'namespace.delayed',
    'namespace.resumed',
  ]);
  expect([waitsNow(), pacer.waiting()]).toEqual([[], 0]);
  const appeared = logged.filter(
    ({ msg, code }) => msg === 'diagnostic.appeared' && code === 'changes-too-often',
  );
  expect(appeared).toHaveLength(1);
});

it('publishes everything at once if a person asks for it', async () => {
  for (const evil of ['e0', 'e1', 'e2', 'e3']) {
    const { passes: before } = loop.status();
    snapshot = { services: [service('evil/web', { hostname: evil }), service('shop/web')], nodes: [] };
    loop.trigger('cluster');
    await passes(before + 1);
  }
  loop.trigger('reload');
  await passes(5);
  expect(store.text()).toContain('e3');
  expect(pacer.waiting()).toBe(0);
});

it('a publication that fails costs a namespace nothing', async () => {
  const write = (evil: string): void => {
    snapshot = { services: [service('evil/web', { hostname: evil }), service('shop/web')], nodes: [] };
    loop.trigger('cluster');
  };
  write('e0');
  await passes(1);
  let failures = 0;
  store.beforeWrite = () => {
    failures += 1;
    if (failures < 5) throw new Error('etcd is away');
  };
  for (let index = 1; index < 5; index += 1) {
    write(`e${String(index)}`);
    await vi.waitFor(() => expect(failures).toBeGreaterThanOrEqual(index), { timeout: 5_000 });
  }
  await vi.waitFor(() => expect(store.text()).toContain('e4'), { timeout: 10_000 });
  expect(events()).not.toContain('namespace.delayed');
}, 20_000);
