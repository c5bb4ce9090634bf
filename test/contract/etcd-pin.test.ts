import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ConfigStore, packText, type PinReading } from '@kubefigurator/etcd-store';
import { waitFor, when } from '../support/sandbox/wait.ts';
import { KEY, startLocalEtcd, storeAt, type LocalEtcd } from './local-etcd.ts';
import { startTcpProxy } from './tcp-proxy.ts';

let etcd: LocalEtcd;
let store: ConfigStore;
const NONE: PinReading = { revision: '0', value: undefined };
const LEADER = { kind: 'since', createRevision: '1' } as const;

beforeEach(async () => {
  etcd = await startLocalEtcd();
  store = storeAt(etcd.url);
});
afterEach(async () => {
  await store.close();
  await etcd.end();
});

/** Publishes a text and remembers it; gives its revision. */
async function publish(text: string): Promise<string> {
  const result = await store.publish(text, await store.read());
  if (result.kind !== 'published') throw new Error(result.kind);
  await remember(result.revision, text);
  return result.revision;
}

async function remember(revision: string, text: string, deletes: readonly string[] = []): Promise<boolean> {
  const packed = await packText(text);
  return await store.writeHistory({ revision, record: '{}', packed, deletes, leader: undefined });
}

async function pin(revision: string, text: string): Promise<string> {
  const markerSeen = (await store.readPin()) ?? NONE;
  const seen = await store.read();
  return await store.pin({ revision, text, seen, marker: '{"state":"pinned"}', markerSeen });
}

it('puts the text and the marker in one revision, and no publication replaces it', async () => {
  const first = await publish('a\n');
  await publish('b\n');
  const seen = await store.read();
  expect(await pin(first, 'a\n')).toBe('pinned');
  const marker = await store.readPin();
  expect(await store.read()).toMatchObject({ published: { text: 'a\n', revision: marker?.revision } });
  expect(await store.publish('c\n', await store.read())).toEqual({ kind: 'pinned', pin: marker });
  expect((await store.publish('c\n', seen)).kind).toBe('pinned');
});

it('gives hosts no new revision of a text that is live already', async () => {
  const revision = await publish('a\n');
  expect(await pin(revision, 'a\n')).toBe('pinned');
  expect(await store.read()).toMatchObject({ published: { revision } });
});

it('lets the publication after unpin delete the marker, and nobody who has not seen it', async () => {
  const first = await publish('a\n');
  await publish('b\n');
  await pin(first, 'a\n');
  expect(await store.writePin('{"state":"unpinned"}', (await store.readPin()) ?? NONE)).toBe(true);
  const unpinned = (await store.readPin()) ?? NONE;
  const seen = await store.read();
  expect(await store.publish('b\n', seen)).toEqual({ kind: 'pinned', pin: unpinned });
  await store.writeUnpublished('{"marker":"1"}', undefined);
  const terms = { pin: { revision: unpinned.revision, then: 'goes' } } as const;
  expect(await store.publish('b\n', seen, terms)).toMatchObject({ kind: 'published' });
  expect(await store.readPin()).toEqual(NONE);
  expect(await store.readUnpublished()).toBeUndefined();
});

it('deletes the marker also if the text is what was pinned', async () => {
  const revision = await publish('a\n');
  await pin(revision, 'a\n');
  const terms = { pin: { revision: (await store.readPin())?.revision ?? '', then: 'goes' } } as const;
  expect(await store.publish('a\n', await store.read(), terms)).toEqual({ kind: 'unchanged' });
  expect(await store.readPin()).toEqual(NONE);
});

it('puts the pinned text back only while its marker stays and this producer leads', async () => {
  const first = await publish('a\n');
  await pin(first, 'a\n');
  await etcd.etcdctl('put', KEY, 'by hand');
  const pinTerms = { revision: (await store.readPin())?.revision ?? '', then: 'stays' } as const;
  const seen = await store.read();
  expect((await store.publish('a\n', seen, { pin: pinTerms, leader: LEADER })).kind).toBe('fenced');
  expect((await store.publish('a\n', seen, { pin: { ...pinTerms, revision: '1' } })).kind).toBe('pinned');
  expect(await store.publish('a\n', seen, { pin: pinTerms })).toMatchObject({ kind: 'published' });
  expect(await store.readPin()).toMatchObject({ revision: pinTerms.revision });
});

it('of a pin and a publication at the same time, the later one knows of the other', async () => {
  const first = await publish('a\n');
  const seen = await store.read();
  const markerSeen = (await store.readPin()) ?? NONE;
  const write = { revision: first, text: 'a\n', marker: '{}', markerSeen };
  const [pinned, published] = await Promise.all([store.pin({ ...write, seen }), store.publish('b\n', seen)]);
  const isPinned = pinned === 'pinned';
  expect([pinned, published.kind]).toEqual(isPinned ? ['pinned', 'pinned'] : ['changed', 'published']);
  expect(await store.read()).toMatchObject({ published: { text: isPinned ? 'a\n' : 'b\n' } });
});

it('pins no text that the history has no more, and removes none that is pinned', async () => {
  const [first, second] = [await publish('a\n'), await publish('b\n')];
  expect(await pin('999', 'x\n')).toBe('gone');
  expect(await remember(second, 'b\n', [first])).toBe(true);
  expect(await pin(first, 'a\n')).toBe('gone');
  expect(await pin(second, 'b\n')).toBe('pinned');
  expect(await remember('77', 'c\n', [second])).toBe(false);
  expect(await store.readHistoryText(second)).toBe('b\n');
});

it('tells who follows it of each marker, and gives an empty value for what isn’t JSON', async () => {
  const seen: (string | undefined)[] = [];
  const stop = new AbortController();
  const following = store.follow({
    signal: stop.signal,
    onReading: () => undefined,
    onState: () => undefined,
    onPin: ({ value }) => seen.push(value),
  });
  const sees = (...values: readonly (string | undefined)[]): Promise<true> =>
    waitFor('the markers are seen', () =>
      when(JSON.stringify(seen) === JSON.stringify(values), JSON.stringify(seen)),
    );
  await sees(undefined);
  await store.writePin('{"state":"pinned"}', NONE);
  await sees(undefined, '{"state":"pinned"}');
  await etcd.etcdctl('put', `${KEY}/pin`, 'by hand');
  await sees(undefined, '{"state":"pinned"}', '');
  stop.abort();
  await following;
});

it('writes the history only for the leader, and gives back what it has', async () => {
  const packed = await packText('a\n'.repeat(10_000));
  const write = { revision: '5', record: '{"by":"x"}', packed, deletes: [] };
  expect(await store.writeHistory({ ...write, leader: LEADER })).toBe(false);
  expect(await store.readHistory()).toEqual([]);
  expect(await store.writeHistory({ ...write, leader: { kind: 'nobody' } })).toBe(true);
  expect(await store.readHistory()).toEqual([{ revision: '5', record: '{"by":"x"}' }]);
  expect(await store.readHistoryText('5')).toBe('a\n'.repeat(10_000));
  await etcd.etcdctl('put', `${KEY}/history/records/6`, 'by hand');
  await etcd.etcdctl('put', `${KEY}/history/texts/6`, '\u001f\u008b');
  expect(await store.readHistory()).toContainEqual({ revision: '6', record: '' });
});

it('counts unpin as done if its answer is lost and a publication has deleted the marker meanwhile', async () => {
  const revision = await publish('a\n');
  await pin(revision, 'a\n');
  const seen = (await store.readPin()) ?? NONE;
  const proxy = await startTcpProxy(etcd.url);
  const behind = storeAt(proxy.url);
  try {
    await behind.read();
    const held = proxy.hold('newest');
    const unpinned = behind.writePin('{"state":"unpinned"}', seen);
    const marker = await waitFor('the marker is written', async () => {
      const now = (await store.readPin()) ?? NONE;
      return now.revision === seen.revision ? { pending: held.received() } : { done: now };
    });
    const terms = { pin: { revision: marker.revision, then: 'goes' } } as const;
    expect(await store.publish('b\n', await store.read(), terms)).toMatchObject({ kind: 'published' });
    proxy.cut();
    expect(await unpinned).toBe(true);
  } finally {
    await behind.close();
    await proxy.close();
  }
});
