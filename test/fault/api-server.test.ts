import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { KubeScene } from './support/kube-scene.ts';
import { startKubeScene } from './support/kube-scene.ts';

/** Whatever the API server says or doesn't say, a part is never taken for the whole, and the newest state wins. */
describe('the API server', () => {
  let scene: KubeScene;
  /** Waits until the producer has said, after the first `told` events, that it lost the API server for this reason. */
  const lost = (reason: RegExp, told: number, limitMs = 20_000): Promise<LogEvent> =>
    waitForEvent(
      scene.producer(),
      (event) => event.msg === 'collection.lost' && reason.test(String(event['reason'])),
      { after: told, limitMs },
    );
  const told = (): number => logEvents(scene.producer()).length;

  beforeAll(async () => {
    scene = await startKubeScene();
  });
  afterAll(() => scene.close());

  it('is stopped and started', async () => {
    await scene.endures(async () => {
      const before = told();
      // It stops listening at once, and goes on for a minute with the watches that are open.
      scene.server.process().signal('SIGTERM');
      await lost(/./, before, 30_000);
      await scene.server.process().kill();
      await scene.server.start();
    });
  });

  it('is killed and started, and its own etcd is compacted meanwhile: what we had is too old', async () => {
    await scene.endures(async () => {
      const before = told();
      // The producer only sees streams that end in order, so it goes on from the version it has.
      scene.proxy.endWatches();
      await lost(/closes each stream at once/, before);
      await scene.change();
      await scene.server.process().kill();
      await compactKubeEtcd();
      await scene.server.start();
      scene.proxy.pass();
      await lost(/410 too old resource version/, before);
    });
  });

  it('says 410 inside of a watch and leaves it open (from the proxy, a fake)', async () => {
    await scene.endures(async () => {
      const before = told();
      scene.proxy.expire();
      await scene.change();
      await lost(/410/, before);
    });
  });

  it('is half-open: the watches are there, and nothing comes (from the proxy, a fake)', async () => {
    await scene.endures(async () => {
      scene.proxy.freeze();
      await scene.change();
    });
  });

  it('closes every watch at once, and isn’t stormed (from the proxy, a fake)', async () => {
    await scene.endures(async () => {
      const before = told();
      const [begun, requests] = [performance.now(), scene.proxy.requests().length];
      scene.proxy.endWatches();
      await lost(/closes each stream at once/, before);
      await scene.change();
      await waitFor('some seconds pass', () => when(performance.now() - begun > 4_000, 'not yet'));
      const perSecond = ((scene.proxy.requests().length - requests) / (performance.now() - begun)) * 1000;
      expect(perSecond).toBeLessThan(10);
      scene.proxy.pass();
    });
  });

  it('says 429 with Retry-After, and is left alone that long (from the proxy, a fake)', async () => {
    await scene.endures(async () => {
      const [before, begun] = [told(), performance.now()];
      scene.proxy.refuse({ status: 429, headers: { 'Retry-After': '3' } });
      await lost(/429/, before);
      await scene.change();
      const [first, again] = await waitFor('the Services are asked for twice', () => {
        const [one, two] = lists(scene).filter((at) => at > begun);
        return one === undefined || two === undefined
          ? { pending: 'not yet' }
          : { done: [one, two] as const };
      });
      expect(again - first).toBeGreaterThan(2_900);
      scene.proxy.pass();
    });
  });

  it('says 500 to everything (from the proxy, a fake)', async () => {
    await scene.endures(async () => {
      const before = told();
      scene.proxy.refuse({ status: 500 });
      await lost(/500/, before);
      await scene.change();
      scene.proxy.pass();
    });
  });

  it('doesn’t know our token any more: told, and the new one is taken from the kubeconfig', async () => {
    const [former, fresh] = ['producer-of-the-harness', 'another-one'];
    const rewrite = (file: string): void => {
      writeFileSync(file, readFileSync(file, 'utf8').replace(former, fresh));
    };
    await scene.endures(async () => {
      const before = told();
      await scene.server.process().kill();
      rewrite(join(scene.fleet.folder, 'kube', 'tokens.csv'));
      await scene.server.start();
      await lost(/401/, before);
      await scene.change();
      rewrite(scene.kubeconfig);
      rewrite(scene.server.producerKubeconfig);
    });
  });
});

/** When the Services were listed. */
function lists(scene: KubeScene): number[] {
  return scene.proxy
    .requests()
    .flatMap(({ what, at }) => (what.startsWith('GET /api/v1/services?limit=') ? [at] : []));
}

const KUBE_ETCD = 'http://10.99.0.1:2479';

/** Makes the API server's etcd forget everything but the present. */
async function compactKubeEtcd(): Promise<void> {
  const post = async (path: string, body: object): Promise<{ header?: { revision: string } }> => {
    const response = await fetch(`${KUBE_ETCD}/v3/kv/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return (await response.json()) as { header?: { revision: string } };
  };
  const { header } = await post('range', { key: btoa('none') });
  expect(await post('compaction', { revision: header?.revision, physical: true })).toHaveProperty('header');
}
