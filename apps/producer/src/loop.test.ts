import { type ClusterSnapshot } from '@kubefigurator/translator';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { service } from './pace/testing/services.ts';
import { type HeldBoard, readBoard } from './publish/guard/held-board.ts';
import { ALONE } from './publish/testing/alone.ts';
import { type StartedLoop, startProducerLoop } from './testing/producer-loop.ts';

const EMPTY: ClusterSnapshot = { services: [], nodes: [] };

let snapshot: ClusterSnapshot | undefined;
let stop: AbortController;
let loop: StartedLoop['loop'];
let store: StartedLoop['store'];
let metrics: StartedLoop['metrics'];
let keeper: StartedLoop['keeper'];
let pacer: StartedLoop['pacer'];
let logged: StartedLoop['logged'];
let reported: StartedLoop['reported'];

beforeEach(() => {
  snapshot = EMPTY;
  stop = new AbortController();
  const started = startProducerLoop({ snapshot: () => snapshot, leadership: ALONE, signal: stop.signal });
  ({ loop, store, metrics, keeper, pacer, logged, reported } = started);
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

describe('what a guard holds', () => {
  const shops = (...names: readonly string[]): ClusterSnapshot => ({
    nodes: [],
    services: names.map((name) => ({
      ...{ namespace: 'shop', name, createdAt: 1, type: 'NodePort', ipFamilies: [] },
      labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
      annotations: new Map([['haproxy-kubefigurator.hostname', `${name}.org`]]),
      ports: [{ name: 'web', number: 80, protocol: 'TCP', nodePort: 30_080 }],
    })),
  });
  const held = async (): Promise<HeldBoard> => readBoard(await store.readHeld());
  const hold = async (): Promise<string> => {
    snapshot = shops('a', 'b', 'c', 'd', 'e');
    loop.trigger('cluster');
    await passes(1);
    snapshot = shops('a');
    loop.trigger('cluster');
    await passes(2);
    return store.text() ?? '';
  };

  it('is published, logged, counted, reported and written to etcd', async () => {
    expect(await hold()).toContain(' e.org');
    expect(logged.find(({ msg }) => msg === 'removal.held')).toMatchObject({
      ...{ everything: false, reason: '4 of 5 host names', what: 'shop/b, shop/c, shop/d, shop/e' },
    });
    const text = await metrics.metrics.text();
    expect(text).toContain('kubefigurator_producer_held{what="hosts"} 4');
    expect(reported.at(-1)?.map(({ code }) => code)).toContain('removal-held');
    expect(Object.keys((await held()).record?.services ?? {})).toEqual([
      ...['shop/b', 'shop/c', 'shop/d', 'shop/e'],
    ]);
  });

  it('is released when it is back', async () => {
    const text = await hold();
    snapshot = shops('a', 'b', 'c', 'd', 'e');
    loop.trigger('cluster');
    await passes(3);
    expect([store.text(), (await held()).record]).toEqual([text, undefined]);
    expect(events()).toContain('removal.released');
  });

  it('goes with an approval of exactly that, which counts once', async () => {
    await hold();
    const { record } = await held();
    const approve = async (services: Readonly<Record<string, string>>): Promise<void> => {
      await store.writeHeld(
        'approved-1',
        JSON.stringify({ by: 'ann', at: 'now', reason: 'moved', services }),
      );
      keeper.news.notice(await store.readHeld());
    };
    await approve({ 'shop/b': record?.services['shop/b']?.digest ?? '', 'shop/c': 'another digest' });
    loop.trigger('etcd');
    await passes(3);
    expect([' b.org', ' c.org'].map((host) => store.text()?.includes(host))).toEqual([false, true]);
    expect(logged.find(({ msg }) => msg === 'approval.obeyed')).toMatchObject({ by: 'ann', what: 'shop/b' });
    expect((await held()).approvals).toEqual([]);
    await approve({ 'shop/c': 'another digest' });
    loop.trigger('etcd');
    await passes(4);
    expect(events()).toContain('approval.outdated');
    expect(store.text()).toContain(' c.org');
  });

  it('is nothing while publications are paused: the text stays, and a resume starts the next one', async () => {
    snapshot = shops('a');
    loop.trigger('cluster');
    await passes(1);
    await store.writeHeld('pause', '{}');
    snapshot = shops('a', 'b');
    loop.trigger('cluster');
    await passes(2);
    loop.trigger('cluster');
    await passes(3);
    expect([store.text()?.includes(' b.org'), loop.inSync()]).toEqual([false, false]);
    expect(logged.filter(({ msg }) => msg === 'publication.paused').map(({ level }) => level)).toEqual([
      ...['warn', 'debug'],
    ]);
    await store.writeHeld('pause', undefined);
    loop.trigger('etcd');
    await passes(4);
    expect([store.text()?.includes(' b.org'), loop.inSync()]).toEqual([true, true]);
    expect(events()).toContain('publication.resumed');
  });
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
    if ((failures += 1) < 5) throw new Error('etcd is away');
  };
  for (let index = 1; index < 5; index += 1) {
    write(`e${String(index)}`);
    await vi.waitFor(() => expect(failures).toBeGreaterThanOrEqual(index), { timeout: 5_000 });
  }
  await vi.waitFor(() => expect(store.text()).toContain('e4'), { timeout: 10_000 });
  expect(events()).not.toContain('namespace.delayed');
}, 20_000);
