import { Writable } from 'node:stream';
import { createLogger } from '@kubefigurator/daemon';
import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, formatOwner } from './owner/owner.ts';
import { createPins } from './pin/pins.ts';
import { createPathOwner } from './owner/path-owner.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { createMemoryStore, type MemoryStore } from './testing/memory-store.ts';

let store: MemoryStore;
let publisher: Publisher;
let logged: string[];
let conflicts: number;
/** The cluster that is published. */
let cluster: Cluster;

beforeEach(async () => {
  store = createMemoryStore();
  logged = [];
  conflicts = 0;
  cluster = { name: 'nyc1', uid: 'u-1' };
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged.push((JSON.parse(chunk.toString()) as { msg: string }).msg);
      done();
    },
  });
  const log = createLogger({ level: 'info', format: 'json', stream, journal: false });
  publisher = createPublisher({
    store,
    lead: () => ({}),
    pins: createPins(store),
    pathOwner: createPathOwner({ store, cluster: () => cluster, log }),
    log,
    signal: new AbortController().signal,
    onConflict: () => (conflicts += 1),
  });
  await store.writeOwner(ownedBy('nyc1', 'u-1'), { revision: '0', value: undefined });
});

const ownedBy = (name: string, uid: string): string =>
  formatOwner({ name, uid, takenOver: undefined, formerUid: undefined });
const giveTo = async (name: string, uid: string): Promise<void> => {
  const seen = await store.readOwner();
  await store.writeOwner(ownedBy(name, uid), seen ?? { revision: '0', value: undefined });
};

it('writes a text once', async () => {
  expect(await publisher.publish('a')).toEqual({ kind: 'published', revision: '2', bytes: 1 });
  expect(await publisher.publish('a')).toEqual({ kind: 'unchanged', revision: '2', bytes: 1 });
  expect(await publisher.publish('ab')).toEqual({ kind: 'published', revision: '3', bytes: 2 });
  expect({ logged, conflicts }).toEqual({ logged: [], conflicts: 0 });
});

it('finds its text in the key after a restart, without a write', async () => {
  store.put('a');
  expect(await publisher.publish('a')).toMatchObject({ kind: 'unchanged', revision: '2' });
});

it('restores its text over a foreign one and over a deletion, and logs it', async () => {
  await publisher.publish('a');
  store.put('foreign');
  expect(publisher.notice(store.reading())).toBe(true);
  await publisher.publish('a');
  store.remove();
  expect(publisher.notice(store.reading())).toBe(true);
  await publisher.publish('a');
  expect(publisher.notice(store.reading())).toBe(false);
  expect(store.text()).toBe('a');
  expect(logged).toEqual([
    'foreign-text.found',
    'foreign-text.replaced',
    'foreign-text.found',
    'foreign-text.replaced',
  ]);
});

it('tries again if another writer was faster, and logs it', async () => {
  await publisher.publish('a');
  let once = true;
  store.beforeWrite = () => {
    if (once) store.put('foreign');
    once = false;
  };
  expect(await publisher.publish('b')).toMatchObject({ kind: 'published' });
  expect(store.text()).toBe('b');
  expect({ logged, conflicts }).toEqual({
    logged: ['publication.overtaken', 'foreign-text.replaced'],
    conflicts: 1,
  });
});

it('gives up against a writer that is always faster, and starts with a read the next time', async () => {
  let count = 0;
  store.beforeWrite = () => store.put(`foreign ${(count += 1)}`);
  await expect(publisher.publish('a')).rejects.toThrow('another writer keeps changing /config');
  expect(conflicts).toBe(5);
  store.beforeWrite = () => undefined;
  expect(await publisher.publish('a')).toMatchObject({ kind: 'published' });
});

it('reads the key again if a reading came during the write', async () => {
  await publisher.publish('a');
  store.beforeWrite = () => void publisher.notice(store.reading());
  await publisher.publish('b');
  store.beforeWrite = () => undefined;
  store.put('foreign');
  // Without a read, the write would be compared with what was seen before the foreign one, and conflict.
  await publisher.publish('c');
  expect(conflicts).toBe(0);
});

it('replaces any text without a warning while no text of ours has been in etcd yet', async () => {
  store.put('by hand');
  store.beforeWrite = () => {
    store.beforeWrite = () => undefined;
    throw new Error('etcd is away');
  };
  await expect(publisher.publish('a')).rejects.toThrow('etcd is away');
  await publisher.publish('a');
  expect(logged).toEqual([]);
});

describe('the standing text', () => {
  const ours = (services: string): string => `${CONFIG_HEADER}\n# ${services}\n`;

  it('is the last one that etcd confirmed, whatever another writer puts or deletes', async () => {
    await publisher.publish(ours('a'));
    for (const change of [
      () => store.put('foreign'),
      () => store.put(ours('foreign')),
      () => store.remove(),
    ]) {
      change();
      publisher.notice(store.reading());
      expect(await publisher.standing()).toBe(ours('a'));
    }
    await publisher.publish(ours('b'));
    expect(await publisher.standing()).toBe(ours('b'));
  });

  it('is what the key holds after a restart, if a producer wrote it', async () => {
    store.put(ours('a'));
    expect(await publisher.standing()).toBe(ours('a'));
  });

  it.each([
    ['a text by hand', (): void => store.put('frontend a\n')],
    ['a blank value', (): void => store.put('')],
    ['no key', (): void => undefined],
  ])('is none after a start with %s', async (_what, prepare) => {
    prepare();
    expect(await publisher.standing()).toBeUndefined();
    expect(await publisher.publish(ours('a'))).toMatchObject({ kind: 'published' });
  });

  it('is the new one if the write reached etcd without an answer', async () => {
    await publisher.publish(ours('a'));
    const { publish } = store;
    const lost = {
      ...store,
      publish: (text: string) => (store.put(text), Promise.reject(new Error('no answer'))),
    };
    store.publish = lost.publish;
    await expect(publisher.publish(ours('b'))).rejects.toThrow('no answer');
    store.publish = publish;
    expect(await publisher.standing()).toBe(ours('b'));
  });

  it('is not overwritten by the first text of a producer that has read an older one', async () => {
    store.put(ours('a'));
    await publisher.standing();
    store.beforeWrite = () => {
      store.beforeWrite = () => undefined;
      store.put(ours('b'));
    };
    await expect(publisher.publish(ours('c'))).rejects.toThrow('another writer has changed /config');
    expect(store.text()).toBe(ours('b'));
    expect(await publisher.standing()).toBe(ours('b'));
    expect(await publisher.publish(ours('c'))).toMatchObject({ kind: 'published' });
  });
});

describe('a path of another cluster', () => {
  it('gets no text, with both names, and its own producer goes on', async () => {
    cluster = { name: 'nyc2', uid: 'u-2' };
    await expect(publisher.publish('a')).rejects.toThrow(
      '/config belongs to cluster "nyc1" (uid u-1), and this producer publishes cluster "nyc2" (uid u-2)',
    );
    expect(store.text()).toBeUndefined();
    cluster = { name: 'nyc1', uid: 'u-1' };
    expect(await publisher.publish('a')).toMatchObject({ kind: 'published' });
    expect(logged).toEqual(['path.refused', 'path.accepted']);
  });

  it('gets no text either if it was given away after the owner was read', async () => {
    await publisher.publish('a');
    await giveTo('nyc2', 'u-2');
    await expect(publisher.publish('b')).rejects.toMatchObject({ code: 'other-cluster' });
    expect(store.text()).toBe('a');
  });

  it('is claimed by the next publication if it is named by its name alone, also with an unchanged text', async () => {
    await publisher.publish('a');
    await store.writeOwner('{"cluster":"nyc1"}', (await store.readOwner()) ?? { revision: '', value: '' });
    expect(await publisher.publish('b')).toMatchObject({ kind: 'published' });
    expect((await store.readOwner())?.value).toBe(ownedBy('nyc1', 'u-1'));
    expect(logged).toEqual(['path.claimed']);
  });
});
