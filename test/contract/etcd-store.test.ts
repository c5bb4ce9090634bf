import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConfigStore } from '@kubefigurator/etcd-store';
import { waitFor, when } from '../support/sandbox/wait.ts';
import {
  follow,
  freePort,
  KEY,
  startLocalEtcd,
  storeAt,
  type Following,
  type LocalEtcd,
} from './local-etcd.ts';
import { startTcpProxy } from './tcp-proxy.ts';

let etcd: LocalEtcd;
let store: ConfigStore;
let following: Following | undefined;
const put = (text: string): Promise<string> => etcd.etcdctl('put', KEY, text);

beforeEach(async () => {
  etcd = await startLocalEtcd();
  store = storeAt(etcd.url);
});
afterEach(async () => {
  await following?.stop();
  following = undefined;
  await store.close();
  await etcd.end();
});

/** Follows and waits for the first text. */
async function followFrom(text: string): Promise<Following> {
  await put(text);
  const started = follow(store);
  following = started;
  await started.until(text);
  await started.untilConnected(true);
  return started;
}

describe('reading and publishing', () => {
  it('distinguishes a missing key from an empty value', async () => {
    expect(await store.read()).toMatchObject({ kind: 'missing' });
    await etcd.etcdctl('put', KEY, '');
    expect(await store.read()).toMatchObject({ kind: 'published', published: { text: '', bytes: 0 } });
  });

  it('publishes plain text under the key, once', async () => {
    const missing = await store.read();
    expect(await store.publish('frontend a\n', missing)).toMatchObject({
      kind: 'published',
      compressed: false,
    });
    expect(await etcd.etcdctl('get', KEY, '--print-value-only')).toBe('frontend a\n\n');
    const seen = await store.read();
    expect(await store.publish('frontend a\n', seen)).toEqual({ kind: 'unchanged' });
    expect(await store.publish('frontend a\n', missing)).toEqual({ kind: 'unchanged' });
    expect(await store.read()).toEqual(seen);
  });

  it('returns what somebody else wrote meanwhile, and writes nothing', async () => {
    const seen = await store.read();
    await put('by hand');
    const result = await store.publish('ours', seen);
    expect(result).toMatchObject({
      kind: 'conflict',
      current: { kind: 'published', published: { text: 'by hand' } },
    });
    expect(await store.read()).toMatchObject({ published: { text: 'by hand' } });
  });

  it('compresses a text that is too large for a request, and reads it back', async () => {
    const text = Array.from({ length: 60_000 }, (_, n) => `  server s${n} 10.0.0.1:${n} check`).join('\n');
    const result = await store.publish(text, await store.read());
    expect(result).toMatchObject({ kind: 'published', compressed: true });
    const reading = await store.read();
    expect(reading.kind === 'published' && reading.published.text === text).toBe(true);
    expect(await store.publish(text, reading)).toEqual({ kind: 'unchanged' });
  });

  it('reads a plain value near the limit of a request', async () => {
    const text = 'x'.repeat(1_400_000);
    expect(await store.publish(text, await store.read())).toMatchObject({
      kind: 'published',
      compressed: false,
    });
    const received = follow(store);
    following = received;
    await received.until(text);
  });

  it('reads again after a lost answer instead of reporting its own write as a conflict', async () => {
    const seen = await store.read();
    etcd.process().pause();
    const publishing = store.publish('ours', seen);
    setTimeout(() => etcd.process().resume(), 5_500);
    expect(await publishing).toMatchObject({ kind: 'published' });
    expect(await store.read()).toMatchObject({ published: { text: 'ours' } });
  });

  it('names host, key and cause if the connection is refused or no answer comes', async () => {
    const nothing = `http://127.0.0.1:${String(await freePort())}`;
    const away = storeAt(nothing);
    await expect(away.read()).rejects.toThrow(
      `can't read "${KEY}" in etcd at ${nothing}: connection refused`,
    );
    await away.close();
    etcd.process().pause();
    const began = performance.now();
    await expect(store.read()).rejects.toThrow(/no answer in time/);
    expect(performance.now() - began).toBeLessThan(6_000);
    etcd.process().resume();
  });

  it('uses the member that answers if another one is down', async () => {
    const gone = `http://127.0.0.1:${String(await freePort())}`;
    const both = storeAt(gone, { etcdHost: [gone, etcd.url] });
    for (let n = 0; n < 4; n += 1) expect(await both.read()).toMatchObject({ kind: 'missing' });
    expect(await both.publish('a', await both.read())).toMatchObject({ kind: 'published' });
    const received = follow(both);
    await received.until('a');
    await put('b');
    await received.until('b');
    await received.stop();
    await both.close();
  });

  it('reports that the quota is full, while readers continue', async () => {
    await etcd.end();
    etcd = await startLocalEtcd({ flags: ['--quota-backend-bytes=50000'] });
    await store.close();
    store = storeAt(etcd.url);
    const received = await followFrom('a');
    const big = 'x'.repeat(30_000);
    for (const round of ['1', '2', '3'])
      await etcd.etcdctl('put', `/fill/${round}`, big).catch(() => undefined);
    await expect(store.publish('b', await store.read())).rejects.toThrow(/quota is full \(NOSPACE\)/);
    expect(received.states.at(-1)?.connected).toBe(true);
  });
});

describe('following', () => {
  it('reports each change once, within milliseconds', async () => {
    const received = await followFrom('1');
    for (const text of ['2', '3', '4']) {
      await put(text);
      expect(await received.until(text)).toBeLessThan(200);
    }
    await etcd.etcdctl('del', KEY);
    await received.until('missing');
    await put('5');
    await received.until('5');
    expect(received.texts()).toEqual(['1', '2', '3', '4', 'missing', '5']);
  });

  it('starts while etcd is down, and connects when etcd starts', async () => {
    await put('a');
    await etcd.process().stop();
    const received = follow(store);
    following = received;
    expect((await received.untilConnected(false)).reason).toMatch(/connection refused/);
    await etcd.start();
    await received.until('a', 2_000);
    await received.untilConnected(true);
  });

  it.each(['stop', 'kill'] as const)(
    'survives %s and start of etcd, and reports a text that is written right after the start',
    async (how) => {
      const received = await followFrom('a');
      await etcd.process()[how]();
      expect((await received.untilConnected(false)).reason).toContain(etcd.url);
      await etcd.start();
      await put('b');
      await received.until('b', 2_000);
      await received.untilConnected(true, 2_000);
      expect(received.texts()).toEqual(['a', 'b']);
    },
  );

  it('loses nothing over two breaks within 100 ms, and reconnects at once', async () => {
    const proxy = await startTcpProxy(etcd.url);
    const cutStore = storeAt(proxy.url);
    await put('a');
    const received = follow(cutStore);
    await received.untilConnected(true);
    proxy.cut();
    await received.untilConnected(false);
    await received.untilConnected(true, 2_000);
    for (let round = 1; round <= 5; round += 1) {
      await received.untilConnected(true);
      proxy.cut();
      const before = proxy.opened();
      await waitFor('it reconnects', () => when(proxy.opened() > before, ''), { everyMs: 1 });
      const written = put(String(round));
      proxy.cut();
      await written;
      await received.until(String(round), 3_000);
    }
    await received.stop();
    await cutStore.close();
    await proxy.close();
  });

  it('survives a restart of etcd and a compaction while it is disconnected', async () => {
    const proxy = await startTcpProxy(etcd.url);
    await store.close();
    store = storeAt(proxy.url);
    const received = await followFrom('a');
    proxy.block();
    await etcd.process().kill();
    await received.untilConnected(false);
    await etcd.start();
    for (const text of ['b', 'c', 'd']) await put(text);
    const { header } = JSON.parse(await etcd.etcdctl('get', KEY, '-w', 'json')) as {
      header: { revision: number };
    };
    await etcd.etcdctl('compact', String(header.revision));
    expect(received.texts()).toEqual(['a']);
    proxy.mend();
    await received.until('d', 3_000);
    await put('e');
    await received.until('e', 3_000);
    expect(received.texts()).toEqual(['a', 'd', 'e']);
    await proxy.close();
  });

  it('notices a paused etcd within its limit, and reconnects at once', async () => {
    const received = await followFrom('a');
    etcd.process().pause();
    await received.untilConnected(false, 18_000);
    etcd.process().resume();
    await put('b');
    await received.until('b', 2_000);
  });

  it('reports the key of a wiped etcd as missing, and then its new text', async () => {
    const received = await followFrom('a');
    await etcd.process().kill();
    etcd.wipe();
    await etcd.start();
    await received.until('missing', 3_000);
    await put('new');
    await received.until('new', 2_000);
    expect(received.texts()).toEqual(['a', 'missing', 'new']);
  });

  it('follows a restore to older data, which has a lower revision', async () => {
    await put('old');
    const snapshot = join(etcd.folder, 'snapshot.db');
    await etcd.etcdctl('snapshot', 'save', snapshot);
    for (let n = 0; n < 5; n += 1) await put(`newer ${String(n)}`);
    const received = await followFrom('newest');
    await etcd.process().kill();
    etcd.wipe();
    const url =
      etcd
        .process()
        .child.spawnargs.find((arg) => arg.startsWith('--initial-cluster='))
        ?.slice(18) ?? '';
    const peer = url.replace(/^one=/, '');
    const target = ['--data-dir', join(etcd.folder, 'data'), '--name', 'one'];
    const member = ['--initial-cluster', url, '--initial-advertise-peer-urls', peer];
    await etcd.etcdctl('snapshot', 'restore', snapshot, ...target, ...member);
    await etcd.start();
    await received.until('old', 3_000);
    await put('after');
    await received.until('after', 2_000);
  });

  it('reports a value that is no text as unreadable', async () => {
    const received = await followFrom('a');
    const value = Buffer.from([0x1f, 0x8b, 0xff]).toString('base64');
    const body = JSON.stringify({ key: btoa(KEY), value });
    expect((await fetch(`${etcd.url}/v3/kv/put`, { method: 'POST', body })).status).toBe(200);
    await received.until('unreadable');
    expect(received.readings.at(-1)).toMatchObject({ reason: expect.stringContaining('gzip') as string });
    expect(await store.publish('b', await store.read())).toMatchObject({ kind: 'published' });
    await received.until('b');
  });

  it('stops at once, even while etcd hangs', async () => {
    const received = await followFrom('a');
    etcd.process().pause();
    const began = performance.now();
    await received.stop();
    expect(performance.now() - began).toBeLessThan(200);
    following = undefined;
    etcd.process().resume();
  });
});
