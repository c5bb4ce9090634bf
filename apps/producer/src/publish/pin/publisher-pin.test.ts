import { Writable } from 'node:stream';
import { createLogger } from '@kubefigurator/daemon';
import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { hashOfText, packText, PAUSE } from '@kubefigurator/etcd-store';
import { beforeEach, expect, it } from 'vitest';
import { formatHistoryRecord } from '../history/history-record.ts';
import { createPathOwner } from '../owner/path-owner.ts';
import { createPublisher, type Publisher } from '../publisher.ts';
import { createMemoryStore, type MemoryStore } from '../testing/memory-store.ts';
import { formatPinMarker, type PinMarker } from './pin-marker.ts';
import { createPins, type Pins } from './pins.ts';

const [OLD, NEW, NEWEST] = ['old', 'new', 'newest'].map((name) => `${CONFIG_HEADER}\n# ${name}\n`) as [
  string,
  string,
  string,
];
const SIGNATURE = { by: 'ann', at: '2026-01-02T03:04:05.000Z', reason: '' };

let store: MemoryStore;
let pins: Pins;
let publisher: Publisher;
let logged: string[];

beforeEach(async () => {
  store = createMemoryStore();
  logged = [];
  await remember('1', OLD);
  await remember('2', NEW);
  start();
});

function start(): void {
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged.push((JSON.parse(chunk.toString()) as { msg: string }).msg);
      done();
    },
  });
  const log = createLogger({ level: 'info', format: 'json', stream, journal: false });
  pins = createPins(store);
  publisher = createPublisher({
    ...{ store, pins, log },
    pathOwner: createPathOwner({ store, cluster: () => ({ name: 'nyc1', uid: undefined }), log }),
    lead: () => ({}),
    signal: new AbortController().signal,
  });
}

async function remember(revision: string, text: string): Promise<void> {
  const packed = await packText(text);
  await store.writeHistory({ revision, record: '{}', packed, deletes: [], leader: undefined });
}

function marker(kind: PinMarker['kind']): string {
  const [text, before] = [
    { revision: '1', hash: hashOfText(OLD) },
    { revision: '2', hash: hashOfText(NEW) },
  ];
  return formatPinMarker({ kind, text, before, signature: SIGNATURE });
}

/** As the commands do it, and the watch tells it. */
async function pinOld(): Promise<void> {
  await store.pin({
    ...{ revision: '1', text: OLD, seen: store.reading(), marker: marker('pinned') },
    markerSeen: { revision: '0', value: undefined },
  });
  await pins.refresh();
  publisher.notice(store.reading());
}
/** As a producer of an earlier version does it. */
async function publishWithoutPins(text: string): Promise<void> {
  const { revision = '0' } = (await store.readPin()) ?? {};
  await store.publish(text, store.reading(), { record: '{}', pin: { revision, then: 'stays' } });
}
async function unpin(): Promise<void> {
  await store.writePin(marker('unpinned'), { revision: '0', value: undefined });
  await pins.refresh();
}

it('publishes nothing while a text is pinned, and goes on after that without a word about a foreign text', async () => {
  await publisher.publish(NEW);
  await pinOld();
  await expect(publisher.publish(NEWEST)).rejects.toMatchObject({ code: 'pinned' });
  expect(store.text()).toBe(OLD);
  expect(await publisher.standing()).toBe(NEW);
  await unpin();
  expect(await publisher.publish(NEWEST)).toMatchObject({ kind: 'published' });
  expect([store.text(), await store.readPin()]).toEqual([NEWEST, { revision: '0', value: undefined }]);
  expect(logged.filter((event) => event.startsWith('foreign'))).toEqual([]);
});

it('is refused by a pin that comes after its last look, and says nothing about a foreign text', async () => {
  await publisher.publish(NEW);
  await store.pin({
    ...{ revision: '1', text: OLD, seen: store.reading(), marker: marker('pinned') },
    markerSeen: { revision: '0', value: undefined },
  });
  // The watch tells of the text first.
  expect(publisher.notice(store.reading())).toBe(true);
  await expect(publisher.publish(NEWEST)).rejects.toMatchObject({ code: 'pinned' });
  expect([store.text(), logged.filter((event) => event.startsWith('foreign'))]).toEqual([OLD, []]);
});

it('publishes the pinned text itself once it is unpinned, and deletes the marker with it', async () => {
  await publisher.publish(NEW);
  await pinOld();
  await unpin();
  expect(await publisher.publish(OLD)).toMatchObject({ kind: 'unchanged' });
  expect(await store.readPin()).toEqual({ revision: '0', value: undefined });
});

it('puts the pinned text back, also as a producer that was started later', async () => {
  await publisher.publish(NEW);
  await pinOld();
  start();
  await pins.refresh();
  store.put('by hand');
  expect(publisher.notice(store.reading())).toBe(true);
  expect(await publisher.restorePinned()).toEqual({ judgement: 'kept', text: OLD });
  expect(store.text()).toBe(OLD);
  expect(publisher.notice(store.reading())).toBe(false);
  expect(logged).toContain('foreign-text.replaced');
});

it('takes the claims of the text of before the pin, whoever starts while it is pinned or right after', async () => {
  store.put(NEW);
  await pinOld();
  for (const step of ['pinned', 'unpinned']) {
    start();
    if (step === 'unpinned') await unpin();
    expect([step, await publisher.standing()]).toEqual([step, NEW]);
  }
  await publisher.publish(NEWEST);
  expect(await publisher.standing()).toBe(NEWEST);
});

it('takes those of what stands if a producer that knows no pins has published since', async () => {
  store.put(NEW);
  await pinOld();
  await unpin();
  store.put(NEWEST);
  start();
  expect(await publisher.standing()).toBe(NEWEST);
});

it('takes those of the pinned text if the history has lost the one before', async () => {
  store.put(NEW);
  await pinOld();
  const other = await packText('something else');
  store.readHistoryText = (revision) => Promise.resolve(revision === '2' ? other.toString() : OLD);
  start();
  expect(await publisher.standing()).toBe(OLD);
});

it('leaves the key alone if the history has lost the pinned text, or somebody wrote the marker by hand', async () => {
  await store.writePin('by hand', { revision: '0', value: undefined });
  store.put('else');
  await pins.refresh();
  expect(publisher.notice(store.reading())).toBe(false);
  expect(await publisher.restorePinned()).toEqual({ judgement: 'unnamed', text: undefined });
  expect(store.text()).toBe('else');
  await expect(publisher.publish(NEW)).rejects.toMatchObject({ code: 'pinned' });
});

it('leaves the key alone if a producer that knows no pins has published over the pinned text', async () => {
  store.put(NEW);
  await pinOld();
  await publishWithoutPins(NEWEST);
  start();
  await pins.refresh();
  expect(await publisher.standing()).toBe(NEWEST);
  expect(await publisher.restorePinned()).toEqual({ judgement: 'left-behind', text: OLD });
  await expect(publisher.publish(NEW)).rejects.toMatchObject({ code: 'pinned' });
  expect([store.text(), publisher.notice(store.reading())]).toEqual([NEWEST, false]);
  await unpin();
  expect(await publisher.standing()).toBe(NEWEST);
  expect(await publisher.publish(NEW)).toMatchObject({ kind: 'published' });
});

it('puts the pinned text back if it was pinned again after such a producer', async () => {
  store.put(NEW);
  await pinOld();
  await publishWithoutPins(NEWEST);
  await pinOld();
  store.put('by hand');
  start();
  await pins.refresh();
  expect(await publisher.restorePinned()).toMatchObject({ judgement: 'kept' });
  expect(store.text()).toBe(OLD);
});

it('says that the history has lost a pinned text that somebody has overwritten', async () => {
  await pinOld();
  store.readHistoryText = () => Promise.resolve(undefined);
  start();
  await pins.refresh();
  store.put('by hand');
  publisher.notice(store.reading());
  expect(await publisher.restorePinned()).toEqual({ judgement: 'lost', text: undefined });
});

it('takes it as put back if another producer has done so meanwhile', async () => {
  await pinOld();
  store.put('by hand');
  publisher.notice(store.reading());
  store.beforeWrite = () => store.put(OLD);
  expect(await publisher.restorePinned()).toMatchObject({ judgement: 'kept' });
});

it('takes a text for no other writer’s if the watch shows the marker before the text that came with it', async () => {
  store.put(NEW);
  const before = store.reading();
  await pinOld();
  publisher.notice(before);
  expect(await publisher.restorePinned()).toEqual({ judgement: 'kept', text: OLD });
  expect(logged).toEqual([]);
});

it('warns once of a text that it may not replace, since publications are paused', async () => {
  await pinOld();
  await store.writeHeld(PAUSE, '{}');
  store.put('by hand');
  publisher.notice(store.reading());
  for (let pass = 0; pass < 3; pass += 1)
    await expect(publisher.restorePinned()).rejects.toMatchObject({ code: 'paused' });
  await store.writeHeld(PAUSE, undefined);
  await publisher.restorePinned();
  expect(logged).toEqual(['foreign-text.found', 'foreign-text.replaced']);
});

it('says that a text is pinned, not that another writer was there, if the pin comes before its first publication', async () => {
  store.put(NEW);
  await publisher.standing();
  store.beforeWrite = () => {
    store.beforeWrite = () => undefined;
    store.put(OLD);
    void store.writePin(marker('pinned'), { revision: '0', value: undefined });
  };
  publisher.forget();
  pins.notice({ revision: '0', value: undefined });
  await expect(publisher.publish(NEWEST)).rejects.toMatchObject({ code: 'pinned' });
  expect(store.text()).toBe(OLD);
});

it('takes the claims of the newest entry of the history over those of a foreign text with our header', async () => {
  const packed = await packText(NEW);
  const record = formatHistoryRecord({
    ...{ revision: '2', at: SIGNATURE.at, hash: hashOfText(NEW), by: 'a', reason: 'cluster' },
    ...{ textBytes: NEW.length, storedBytes: packed.length, publications: 1 },
  });
  await store.writeHistory({ revision: '2', record, packed, deletes: [], leader: undefined });
  store.put(`${CONFIG_HEADER}\n# foreign\n`);
  expect(await publisher.standing()).toBe(NEW);
});
