import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { hashOfText, packText } from '@kubefigurator/etcd-store';
import { beforeEach, expect, it } from 'vitest';
import { formatHistoryRecord } from './history/history-record.ts';
import { findStandingText, isPublication } from './standing-text.ts';
import { createMemoryStore, type MemoryStore } from './testing/memory-store.ts';

const textOf = (name: string): string => `${CONFIG_HEADER}\n# ${name}\n`;
const [OLD, NEW, FOREIGN] = [textOf('old'), textOf('new'), textOf('foreign')];

let store: MemoryStore;
beforeEach(() => {
  store = createMemoryStore();
});

async function remember(revision: string, text: string): Promise<void> {
  const packed = await packText(text);
  const record = formatHistoryRecord({
    ...{ revision, at: '2026-01-02T03:04:05.000Z', hash: hashOfText(text), by: 'a', reason: 'cluster' },
    ...{ textBytes: text.length, storedBytes: packed.length, publications: 1 },
  });
  await store.writeHistory({ revision, record, packed, deletes: [], leader: undefined });
}

async function standing(): Promise<string | undefined> {
  return (await findStandingText(store, store.reading()))?.text;
}

it('takes the key’s text if a producer published it last, also before the history has it', async () => {
  await remember('1', OLD);
  await store.publish(NEW, store.reading(), { record: '{}' });
  expect(await findStandingText(store, store.reading())).toEqual({
    ...{ text: NEW, revision: '2', isInHistory: false },
  });
});

it('takes the newest entry over a foreign text with our header, over an older one, and over none', async () => {
  await remember('1', OLD);
  await store.publish(NEW, store.reading(), { record: '{}' });
  await remember('2', NEW);
  store.put(FOREIGN);
  expect(await standing()).toBe(NEW);
  store.put(OLD);
  expect(await standing()).toBe(NEW);
  store.put('no header');
  expect(await standing()).toBe(NEW);
  store.remove();
  expect(await standing()).toBe(NEW);
});

it('takes the key’s text if somebody put the newest one of the history back', async () => {
  await remember('2', NEW);
  store.put(NEW);
  expect(await findStandingText(store, store.reading())).toMatchObject({ text: NEW, isInHistory: true });
});

it('goes by the header alone without a history, or if the text of its newest entry is not the one that was published', async () => {
  store.put(FOREIGN);
  expect(await standing()).toBe(FOREIGN);
  await remember('2', NEW);
  store.readHistoryText = () => Promise.resolve(OLD);
  expect(await standing()).toBe(FOREIGN);
  store.put('no header');
  expect(await standing()).toBeUndefined();
});

it('knows a publication by a record that is as new as the key, and none without a record', () => {
  const reading = { kind: 'published', published: { revision: '10', text: NEW, bytes: 1 } } as const;
  const judged = ['9', '10', '11'].map((revision) => isPublication(reading, { revision, value: '{}' }));
  expect([...judged, isPublication(reading, undefined)]).toEqual([false, true, true, false]);
});
