import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConfigStore, HeartbeatPace, StoreOptions } from '@kubefigurator/etcd-store';
import { startGrpcProxy, type GrpcProxy } from '../support/etcd/grpc-proxy.ts';
import {
  follow,
  freePort,
  KEY,
  startLocalEtcd,
  storeAt,
  type Following,
  type LocalEtcd,
} from './local-etcd.ts';

/** Ten times as fast as the real pace: what takes 15 s there takes 1.5 s here. */
const heartbeat: HeartbeatPace = { beatMs: 1_000, patienceMs: 200, silenceMs: 1_500 };
/** How long a read may wait for its answer. */
const READ_MS = 5_000;

let etcd: LocalEtcd;
let proxy: GrpcProxy;
let store: ConfigStore;
let following: Following | undefined;
const put = (text: string): Promise<string> => etcd.etcdctl('put', KEY, text);

beforeAll(async () => {
  etcd = await startLocalEtcd();
  const listen = `127.0.0.1:${String(await freePort())}`;
  proxy = await startGrpcProxy({ listen, etcdUrl: etcd.url, logs: etcd.folder });
});
beforeEach(async () => {
  store = storeAt(proxy.url, {}, { heartbeat });
  await etcd.etcdctl('del', KEY);
});
afterEach(async () => {
  await following?.stop();
  following = undefined;
  await store.close();
});
afterAll(async () => {
  await proxy.process().kill();
  await etcd.end();
});

async function followFrom(text: string, options: Partial<StoreOptions> = { heartbeat }): Promise<Following> {
  await put(text);
  await store.close();
  store = storeAt(proxy.url, {}, options);
  const started = follow(store);
  following = started;
  await started.until(text);
  await started.untilConnected(true);
  return started;
}
const losses = ({ states }: Following): unknown[] => states.filter(({ connected }) => !connected);

describe('through `etcd grpc-proxy`', () => {
  it('stays connected while nothing changes, and reports a change within milliseconds', async () => {
    const received = await followFrom('a');
    await delay(5 * heartbeat.beatMs);
    expect(losses(received)).toEqual([]);
    const proofs = received.states.map(({ lastProofOfLife }) => lastProofOfLife ?? 0);
    expect(performance.now() - (proofs.at(-1) ?? 0)).toBeLessThan(heartbeat.silenceMs);
    await put('b');
    expect(await received.until('b')).toBeLessThan(200);
    await etcd.etcdctl('del', KEY);
    expect(await received.until('missing')).toBeLessThan(200);
    expect(losses(received)).toEqual([]);
  });

  it('stays connected at the real pace for longer than the silence of a dead link', async () => {
    const received = await followFrom('a', {});
    await delay(41_000);
    expect(losses(received)).toEqual([]);
    await put('b');
    expect(await received.until('b')).toBeLessThan(200);
  });

  it.each(['pause', 'kill'] as const)(
    'notices %s of the etcd behind it, and reports a text that is written afterwards',
    async (how) => {
      const received = await followFrom('a');
      await delay(2 * heartbeat.beatMs);
      const began = performance.now();
      if (how === 'pause') etcd.process().pause();
      else await etcd.process().kill();
      await received.untilConnected(false, heartbeat.beatMs + READ_MS);
      expect(performance.now() - began).toBeLessThan(heartbeat.beatMs + heartbeat.silenceMs);
      if (how === 'pause') etcd.process().resume();
      else await etcd.start();
      await received.untilConnected(true, 20_000);
      await put('b');
      await received.until('b', 2_000);
    },
  );

  it('notices a kill and start of the proxy at once, and reports a text that is written meanwhile', async () => {
    const received = await followFrom('a');
    await proxy.process().kill();
    await received.untilConnected(false, 1_000);
    await put('b');
    await proxy.start();
    await received.until('b', 5_000);
    await received.untilConnected(true, 5_000);
    await put('c');
    await received.until('c', 1_000);
    expect(received.texts()).toEqual(['a', 'b', 'c']);
  });

  it('leaves a proxy that hangs for another one, and is not deceived by reads that the other one answers', async () => {
    const listen = `127.0.0.1:${String(await freePort())}`;
    await put('a');
    const both = storeAt(proxy.url, { etcdHost: [proxy.url, `http://${listen}`] }, { heartbeat });
    // Only one of them runs yet, so that its process is the one that the watch goes through.
    const received = follow(both);
    await received.untilConnected(true);
    const other = await startGrpcProxy({ name: 'other', listen, etcdUrl: etcd.url, logs: etcd.folder });
    try {
      await delay(3 * heartbeat.beatMs);
      proxy.process().pause();
      await received.untilConnected(false, heartbeat.beatMs + heartbeat.silenceMs);
      await received.untilConnected(true, READ_MS);
      await put('b');
      await received.until('b', 1_000);
    } finally {
      proxy.process().resume();
      await received.stop();
      await both.close();
      await other.process().kill();
    }
  });

  it('follows an etcd that was wiped behind it', async () => {
    const received = await followFrom('a');
    for (const text of ['b', 'c', 'd']) await put(text);
    await received.until('d');
    await etcd.process().kill();
    etcd.wipe();
    await etcd.start();
    await received.until('missing', 20_000);
    await put('new');
    await received.until('new', 5_000);
  });

  it('starts again from a compacted revision', async () => {
    const received = await followFrom('a');
    await proxy.process().kill();
    for (const text of ['b', 'c']) await put(text);
    const { header } = JSON.parse(await etcd.etcdctl('get', KEY, '-w', 'json')) as {
      header: { revision: number };
    };
    await etcd.etcdctl('compact', String(header.revision));
    await proxy.start();
    await received.until('c', 5_000);
    await put('d');
    await received.until('d', 1_000);
    expect(received.texts()).toEqual(['a', 'c', 'd']);
  });

  it('publishes, and returns what somebody else wrote meanwhile', async () => {
    const missing = await store.read();
    expect(await store.publish('ours', missing)).toMatchObject({ kind: 'published' });
    expect(await store.publish('ours', await store.read())).toEqual({ kind: 'unchanged' });
    const seen = await store.read();
    await put('by hand');
    expect(await store.publish('ours again', seen)).toMatchObject({
      kind: 'conflict',
      current: { published: { text: 'by hand' } },
    });
    await put('x'.repeat(100_000));
    expect(await store.read()).toMatchObject({ published: { bytes: 100_000 } });
  });
});

describe('without a proxy', () => {
  const reads = async (): Promise<number> => {
    const metrics = await (await fetch(`${etcd.url}/metrics`)).text();
    const found = /grpc_server_handled_total\{grpc_code="OK",grpc_method="Range".*\} (\d+)/.exec(metrics);
    return Number(found?.[1] ?? 0);
  };

  it('asks for progress only, and reads nothing until the second opinion', async () => {
    await put('a');
    const direct = storeAt(etcd.url, {}, { heartbeat });
    const received = follow(direct);
    try {
      await received.until('a');
      await received.untilConnected(true);
      const [statesBefore, readsBefore] = [received.states.length, await reads()];
      await delay(5 * heartbeat.beatMs);
      expect(await reads()).toBe(readsBefore);
      expect(received.states.length - statesBefore).toBeGreaterThanOrEqual(4);
      expect(losses(received)).toEqual([]);
    } finally {
      await received.stop();
      await direct.close();
    }
  });
});
