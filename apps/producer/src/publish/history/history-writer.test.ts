import { Writable } from 'node:stream';
import { createLogger } from '@kubefigurator/daemon';
import type { ClusterSnapshot } from '@kubefigurator/translator';
import { beforeEach, expect, it } from 'vitest';
import { createMemoryStore, type MemoryStore } from '../testing/memory-store.ts';
import { createHistoryWriter, type HistoryWriter } from './history-writer.ts';

let store: MemoryStore;
let logged: { readonly msg: string; readonly level: string }[];
let writer: HistoryWriter;

beforeEach(() => {
  store = createMemoryStore();
  logged = [];
  writer = open(50);
});

function open(most: number): HistoryWriter {
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged.push(JSON.parse(chunk.toString()) as (typeof logged)[number]);
      done();
    },
  });
  const log = createLogger({ level: 'debug', format: 'json', stream, journal: false });
  return createHistoryWriter({ store, most, by: 'a', leader: () => undefined, log });
}

function snapshotOf(...names: readonly string[]): ClusterSnapshot {
  const nodes = names.map((name) => {
    return { name, labels: new Map<string, string>(), addresses: [], taints: [], deleting: false };
  });
  return { services: [], nodes };
}

async function publish(revision: string, snapshot = snapshotOf()): Promise<void> {
  writer.note({ revision, text: `text ${revision}`, reason: 'cluster', snapshot });
  await writer.done();
}

it('keeps the text of each publication with what changed since the one before', async () => {
  await publish('2');
  await publish('3', snapshotOf('a'));
  expect(await store.readHistoryText('3')).toBe('text 3');
  const records = (await store.readHistory()).map(({ record }) => JSON.parse(record) as object);
  expect(records).toMatchObject([
    { by: 'a', reason: 'cluster' },
    { cause: { objects: [{ kind: 'Node', name: 'a', change: 'added' }], more: 0 }, publications: 1 },
  ]);
  expect(records[0]).not.toHaveProperty('cause');
});

it('names what changed since the last publication, also in passes that published nothing', async () => {
  await publish('2', snapshotOf('a'));
  await publish('2', snapshotOf());
  await publish('3', snapshotOf());
  const record = (await store.readHistory()).find(({ revision }) => revision === '3')?.record ?? '{}';
  expect(JSON.parse(record)).toMatchObject({ cause: { objects: [{ name: 'a', change: 'removed' }] } });
});

it('writes nothing for a text that is found again, by this producer or by the next one', async () => {
  await publish('2');
  let writes = 0;
  const write = store.writeHistory;
  store.writeHistory = (...given) => {
    writes += 1;
    return write(...given);
  };
  await publish('2', snapshotOf('a'));
  writer = open(50);
  await publish('2');
  expect(writes).toBe(0);
});

it('writes nothing if the history is switched off', async () => {
  writer = open(0);
  await publish('2');
  expect(await store.readHistory()).toEqual([]);
});

it('makes one entry of what is published while it writes', async () => {
  for (const revision of ['2', '3', '4', '5'])
    writer.note({ revision, text: revision, reason: 'cluster', snapshot: snapshotOf(revision) });
  await writer.done();
  const entries = await store.readHistory();
  expect(entries.map(({ revision }) => revision)).toEqual(['2', '5']);
  expect(JSON.parse(entries[1]?.record ?? '')).toMatchObject({ publications: 3 });
});

it('logs a failure once, and tries it again with the next publication', async () => {
  const write = store.writeHistory;
  store.writeHistory = () => Promise.reject(new Error('etcdserver: mvcc: database space exceeded'));
  await publish('2');
  await publish('3');
  expect(logged.map(({ msg, level }) => [msg, level])).toEqual([
    ['history.unwritten', 'warn'],
    ['history.unwritten', 'debug'],
  ]);
  store.writeHistory = write;
  await publish('4', snapshotOf('a'));
  expect(logged.at(-1)).toMatchObject({ msg: 'history.written', level: 'warn' });
  const [entry, ...others] = await store.readHistory();
  expect([entry?.revision, others]).toEqual(['4', []]);
  expect(JSON.parse(entry?.record ?? '')).toMatchObject({ publications: 3 });
});

it('adds the text that stood before a pin all the same, and has nothing go for it', async () => {
  writer = open(1);
  await publish('2');
  await store.writePin('{}', { revision: '0', value: undefined });
  await publish('3');
  expect([await store.readHistoryText('2'), await store.readHistoryText('3')]).toEqual(['text 2', 'text 3']);
  expect(logged).toEqual([]);
});

it('leaves what it could not write to the producer that leads, and says so again once it leads', async () => {
  store.writeHistory = () => Promise.reject(new Error('no answer'));
  await publish('2');
  writer.stayBehind();
  await publish('3');
  expect(logged.map(({ msg, level }) => [msg, level])).toEqual([
    ['history.unwritten', 'warn'],
    ['history.unwritten', 'warn'],
  ]);
});
