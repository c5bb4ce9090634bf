import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { BRIDGE_ADDRESS } from '../support/sandbox/network.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { Link } from './support/link.ts';
import { startLink } from './support/link.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

/** Every program reaches etcd over a link, which the tests break in the ways that make a simple watcher lose events. */
describe('the connection to etcd', () => {
  let scene: Scene;
  let link: Link;
  const consumers = (): RunningProcess[] => scene.fleet.hosts.map((host) => host.consumer());
  const logged = (): number[] => consumers().map((consumer) => logEvents(consumer).length);
  async function everyConsumerLost(before: readonly number[]): Promise<void> {
    for (const [index, consumer] of consumers().entries()) {
      const since = { after: before[index] ?? 0, limitMs: 25_000 };
      await waitForEvent(consumer, ({ msg }) => msg === 'etcd.lost', since);
    }
  }
  const newConnections = async (): Promise<void> => {
    const before = link.opened();
    await waitFor('every program connects again', () =>
      when(link.opened() >= before + 3, String(link.opened() - before)),
    );
  };

  beforeAll(async () => {
    scene = await startScene({
      etcd: async ({ url }) => {
        link = await startLink(url);
        return { url: `http://${BRIDGE_ADDRESS}:${String(link.port)}` };
      },
    });
  });
  afterAll(async () => {
    await scene.close();
    await link.close();
  });

  it('breaks while a Service changes', async () => {
    await scene.recoversFrom(async () => {
      const before = logged();
      link.cut();
      await scene.change();
      await everyConsumerLost(before);
    });
  });

  it('breaks twice within 100 ms, right after it was restored', async () => {
    await scene.recoversFrom(async () => {
      for (let times = 0; times < 5; times += 1) {
        link.cut();
        await scene.change();
        await newConnections();
        link.cut();
        await delay(20 * times);
        link.cut();
      }
    });
  });

  it('is down while etcd is compacted', async () => {
    await scene.recoversFrom(async () => {
      const before = logged();
      link.block();
      await everyConsumerLost(before);
      await scene.change();
      for (let puts = 0; puts < 20; puts += 1) await scene.fleet.etcd.put('# somebody else\n');
      const { stdout } = await scene.fleet.etcd.etcdctl('get', DEFAULT_PATH, '-w', 'json');
      const { header } = JSON.parse(stdout) as { header: { revision: number } };
      const { code, stderr } = await scene.fleet.etcd.etcdctl('compact', String(header.revision));
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) as string });
      link.mend();
    });
  });

  it('is half-open: no data passes, and no side sees it closed', async () => {
    await scene.recoversFrom(async () => {
      const before = logged();
      link.freeze();
      await scene.change();
      await everyConsumerLost(before);
    });
  });
});
