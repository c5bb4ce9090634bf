import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import { BRIDGE_ADDRESS } from '../support/sandbox/network.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { Link } from './support/link.ts';
import { startLink } from './support/link.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

/** Every program reaches etcd over a link that is broken here in the ways that lose a plain watcher its events. */
describe('the connection to etcd', () => {
  let scene: Scene;
  let link: Link;
  const newConnections = async (): Promise<void> => {
    const before = link.opened();
    await waitFor('everybody tries again', () =>
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

  it('breaks while something changes', async () => {
    await scene.endures(async () => {
      link.cut();
      await scene.change();
    });
  });

  it('breaks twice within 100 ms, just when it is back', async () => {
    await scene.endures(async () => {
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

  it('is away while etcd is compacted', async () => {
    await scene.endures(async () => {
      link.block();
      await scene.change();
      for (let puts = 0; puts < 20; puts += 1) await scene.fleet.etcd.put('# somebody else\n');
      const { stdout } = await scene.fleet.etcd.etcdctl('get', DEFAULT_PATH, '-w', 'json');
      const { header } = JSON.parse(stdout) as { header: { revision: number } };
      const { code, stderr } = await scene.fleet.etcd.etcdctl('compact', String(header.revision));
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) as string });
      link.mend();
    });
  });

  it('is half-open: nothing comes through, and nobody says so', async () => {
    await scene.endures(async () => {
      link.freeze();
      await scene.change();
    });
  });
});
