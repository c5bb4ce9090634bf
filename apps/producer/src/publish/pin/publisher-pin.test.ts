import { Writable } from 'node:stream';
import { createLogger } from '@kubefigurator/daemon';
import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { packText } from '@kubefigurator/etcd-store';
import { beforeEach, expect, it } from 'vitest';
import { createPathOwner } from '../owner/path-owner.ts';
import { createPublisher, type Publisher } from '../publisher.ts';
import { createMemoryStore, type MemoryStore } from '../testing/memory-store.ts';
import { hashOfText } from '../text-hash.ts';
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
  expect(await publisher.restorePinned()).toBe(OLD);
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
  expect([await publisher.restorePinned(), store.text()]).toEqual([undefined, 'else']);
  await expect(publisher.publish(NEW)).rejects.toMatchObject({ code: 'pinned' });
});
