import { hashOfText } from '@kubefigurator/etcd-store';
import { Writable } from 'node:stream';
import { createLogger } from '@kubefigurator/daemon';
import { beforeEach, expect, it } from 'vitest';
import type { PinnedText } from '../publisher.ts';
import { createMemoryStore, type MemoryStore } from '../testing/memory-store.ts';
import { formatPinMarker } from './pin-marker.ts';
import { createPinWatch, type PinWatch } from './pin-watch.ts';
import { createPins, type Pins } from './pins.ts';

let store: MemoryStore;
let pins: Pins;
let pinned: PinnedText;
let pinWatch: PinWatch;
let logged: Readonly<Record<string, unknown>>[];

beforeEach(async () => {
  store = createMemoryStore();
  pins = createPins(store);
  pinned = { judgement: 'kept', text: 'a\n' };
  logged = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged.push(JSON.parse(chunk.toString()) as Readonly<Record<string, unknown>>);
      done();
    },
  });
  const log = createLogger({ level: 'info', format: 'json', stream, journal: false });
  const publisher = { restorePinned: () => Promise.resolve(pinned) };
  pinWatch = createPinWatch({ store, pins, publisher, leader: () => undefined, log });
  await mark('pinned', 'ann');
});

async function mark(kind: 'pinned' | 'unpinned', by: string): Promise<void> {
  const marker = formatPinMarker({
    ...{ kind, text: { revision: '1', hash: hashOfText('a\n') }, before: undefined },
    signature: { by, at: 'now', reason: '' },
  });
  await store.writePin(marker, { revision: '0', value: undefined });
  await pins.refresh();
}

function events(): readonly unknown[] {
  return logged.map(({ msg }) => msg);
}

it('logs once that a text is pinned, with how the text of the pass differs, and the end', async () => {
  for (const text of ['a\nb\n', 'a\nb\n', 'c\n'])
    expect(await pinWatch.keepsPinned(text, 'cluster')).toBe(true);
  expect(logged).toMatchObject([
    { msg: 'publication.pinned', pinned: '1', by: 'ann', detail: 'differs: 1 lines come, 0 go' },
  ]);
  expect(JSON.parse((await store.readUnpublished()) ?? '')).toMatchObject({ added: 1, removed: 1 });
  await mark('unpinned', 'ann');
  expect(await pinWatch.keepsPinned('c\n', 'etcd')).toBe(false);
  expect(events()).toEqual(['publication.pinned', 'publication.unpinned']);
});

it('warns once that a pin is left behind, with what to do, and says when that is over', async () => {
  pinned = { judgement: 'left-behind', text: 'a\n' };
  for (let pass = 0; pass < 3; pass += 1) await pinWatch.keepsPinned('b\n', 'cluster');
  expect(events()).toEqual(['publication.pinned', 'pinned-text.unrestored']);
  expect(logged[1]).toMatchObject({ level: 'warn', hint: expect.stringContaining('unpin') as string });
  expect(pinWatch.isUnrestored()).toBe(true);
  pinned = { judgement: 'kept', text: 'a\n' };
  await pinWatch.keepsPinned('b\n', 'etcd');
  expect([events().at(-1), pinWatch.isUnrestored()]).toEqual(['pinned-text.restored', false]);
});

it('warns of a pinned text that is lost, and tells no difference to it', async () => {
  pinned = { judgement: 'lost', text: undefined };
  await pinWatch.keepsPinned('b\n', 'cluster');
  expect(events()).toEqual(['publication.pinned', 'pinned-text.unrestored']);
  expect(await store.readUnpublished()).toBeUndefined();
});

it('says all of it again once it leads again', async () => {
  pinned = { judgement: 'left-behind', text: 'a\n' };
  await pinWatch.keepsPinned('b\n', 'cluster');
  pinWatch.stayBehind();
  expect(pinWatch.isUnrestored()).toBe(false);
  await pinWatch.keepsPinned('b\n', 'leader');
  expect(events()).toEqual([
    ...['publication.pinned', 'pinned-text.unrestored'],
    ...['publication.pinned', 'pinned-text.unrestored'],
  ]);
});

it('bounds and cleans the name of who pinned it', async () => {
  await mark('pinned', `\u001b[2J${'x'.repeat(100_000)}`);
  await pinWatch.keepsPinned('b\n', 'cluster');
  expect(String(logged[0]?.['by']).length).toBeLessThanOrEqual(200);
  expect(logged[0]?.['by']).not.toMatch(/\p{C}/u);
});
