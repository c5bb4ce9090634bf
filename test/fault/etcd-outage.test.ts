import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { runChecked } from '../support/sandbox/processes.ts';
import { programPath } from '../support/sandbox/programs.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

/** Whatever happens to etcd's process or data, HAProxy keeps serving, and everything is in sync once etcd is back. */
describe('etcd itself', () => {
  let scene: Scene;
  const etcdctl = (...args: readonly string[]): Promise<string> =>
    runChecked([programPath('etcdctl'), '--endpoints', scene.fleet.etcd.url, ...args], {
      env: { ETCDCTL_API: '3' },
    });
  const revision = async (): Promise<number> => {
    const answer = await etcdctl('get', 'anything', '-w', 'json');
    return (JSON.parse(answer) as { header: { revision: number } }).header.revision;
  };
  const dataFolder = (): string => join(scene.fleet.folder, 'etcd');
  const logsSoFar = (): number[] => scene.fleet.hosts.map((host) => logEvents(host.consumer()).length);
  async function everyConsumerLost(logged: readonly number[]): Promise<void> {
    for (const [index, host] of scene.fleet.hosts.entries()) {
      const since = { after: logged[index] ?? 0, limitMs: 30_000 };
      await waitForEvent(host.consumer(), ({ msg }) => msg === 'etcd.lost', since);
    }
  }

  beforeAll(async () => {
    scene = await startScene();
  });
  afterAll(() => scene.close());

  it('is stopped and started', async () => {
    await scene.recoversFrom(async () => {
      const logged = logsSoFar();
      await scene.fleet.etcd.stop();
      await everyConsumerLost(logged);
      await scene.change();
      await scene.fleet.etcd.start();
    });
  });

  it('is killed and started', async () => {
    await scene.recoversFrom(async () => {
      const logged = logsSoFar();
      await scene.change();
      await scene.fleet.etcd.kill();
      await everyConsumerLost(logged);
      await scene.change();
      await scene.fleet.etcd.start();
    });
  });

  it('hangs for longer than every timeout (SIGSTOP), and continues', async () => {
    await scene.recoversFrom(async () => {
      const logged = logsSoFar();
      scene.fleet.etcd.process().pause();
      await scene.change();
      await everyConsumerLost(logged);
      scene.fleet.etcd.process().resume();
    });
  });

  it('loses the key', async () => {
    await scene.recoversFrom(async () => {
      const after = logEvents(scene.producer()).length;
      await scene.fleet.etcd.delete();
      await waitForEvent(scene.producer(), ({ msg }) => msg === 'foreign-text.found', { after });
    });
  });

  it('loses all its data', async () => {
    await scene.recoversFrom(async () => {
      const logged = logsSoFar();
      await scene.fleet.etcd.kill();
      await everyConsumerLost(logged);
      rmSync(dataFolder(), { recursive: true });
      await scene.fleet.etcd.start();
    });
  });

  it('is restored to older data', async () => {
    const file = join(scene.fleet.folder, 'snapshot.db');
    await etcdctl('snapshot', 'save', file);
    for (let changes = 0; changes < 3; changes += 1) {
      await scene.change();
      await scene.serves(scene.fleet.hosts);
    }
    const before = await revision();
    // All programs write again as soon as etcd answers, so its revision is taken from the file.
    const { revision: restored } = JSON.parse(await etcdctl('snapshot', 'status', file, '-w', 'json')) as {
      readonly revision: number;
    };
    expect(restored).toBeLessThan(before);
    await scene.recoversFrom(async () => {
      await scene.fleet.etcd.stop();
      rmSync(dataFolder(), { recursive: true });
      const peer = 'http://127.0.0.1:2380';
      const member = [
        '--name=etcd',
        `--initial-cluster=etcd=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
      ];
      await etcdctl('snapshot', 'restore', file, `--data-dir=${dataFolder()}`, ...member);
      await scene.fleet.etcd.start();
    });
  });
});
