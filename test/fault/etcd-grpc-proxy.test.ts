import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import type { GrpcProxy } from '../support/etcd/grpc-proxy.ts';
import { startGrpcProxy } from '../support/etcd/grpc-proxy.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { BRIDGE_ADDRESS } from '../support/sandbox/network.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

/** Longer than a lease lives, and than a watch without a proof of life. */
const QUIET_MS = 41_000;

/** Every program reaches etcd through a real `etcd grpc-proxy`, which answers no progress requests. */
describe('etcd behind a grpc-proxy', () => {
  let scene: Scene;
  let proxy: GrpcProxy;
  const programs = (): RunningProcess[] => [
    scene.producer(),
    ...scene.fleet.hosts.map((host) => host.consumer()),
  ];
  const logged = (): number[] => programs().map((program) => logEvents(program).length);
  async function everyProgramLost(before: readonly number[]): Promise<void> {
    for (const [index, program] of programs().entries()) {
      const since = { after: before[index] ?? 0, limitMs: 25_000 };
      await waitForEvent(program, ({ msg }) => msg === 'etcd.lost', since);
    }
  }

  beforeAll(async () => {
    scene = await startScene({
      etcd: async ({ url, folder }) => {
        const listen = `${BRIDGE_ADDRESS}:23790`;
        proxy = await startGrpcProxy({ listen, etcdUrl: url, logs: join(folder, 'logs') });
        return { url: proxy.url };
      },
    });
  });
  afterAll(async () => {
    await scene.close();
    await proxy.process().kill();
  });

  it('is quiet: no program takes it for lost, and each keeps its lease', async () => {
    await scene.recoversFrom(async () => {
      for (const program of programs())
        await waitForEvent(program, ({ msg }) => msg === 'progress-request.ignored', { limitMs: 15_000 });
      const before = logged();
      await delay(QUIET_MS);
      const events = programs().flatMap((program, index) => logEvents(program).slice(before[index]));
      expect(events.filter(({ msg }) => /^etcd|^presence|^status/.test(msg))).toEqual([]);
      for (const { name } of scene.fleet.hosts)
        expect(await scene.fleet.etcd.get(`${DEFAULT_PATH}/alive/${name}`)).toBeDefined();
    });
  });

  it('is killed and started, while the proxy goes on', async () => {
    await scene.recoversFrom(async () => {
      const before = logged();
      await scene.fleet.etcd.kill();
      await everyProgramLost(before);
      await scene.change();
      await scene.fleet.etcd.start();
    });
  });

  it('hangs behind the proxy (SIGSTOP), and continues', async () => {
    await scene.recoversFrom(async () => {
      const before = logged();
      scene.fleet.etcd.process().pause();
      await scene.change();
      await everyProgramLost(before);
      scene.fleet.etcd.process().resume();
    });
  });

  it('loses the proxy, which is killed and started', async () => {
    await scene.recoversFrom(async () => {
      const before = logged();
      await proxy.process().kill();
      await scene.change();
      await everyProgramLost(before);
      await proxy.start();
    });
  });
});
