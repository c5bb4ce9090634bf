import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { KubeScene } from './support/kube-scene.ts';
import { startKubeScene } from './support/kube-scene.ts';

/** Whatever fails, an incomplete list is never published, and the newest state is served in the end. */
describe('the API server', () => {
  let scene: KubeScene;
  /** Waits for `collection.lost` with this reason in the producer's log, after the first `after` events. */
  const lost = (reason: RegExp, after: number, limitMs = 20_000): Promise<LogEvent> =>
    waitForEvent(
      scene.producer(),
      (event) => event.msg === 'collection.lost' && reason.test(String(event['reason'])),
      { after, limitMs },
    );
  const logged = (): number => logEvents(scene.producer()).length;

  beforeAll(async () => {
    scene = await startKubeScene();
  });
  afterAll(() => scene.close());

  it('is stopped and started', async () => {
    await scene.recoversFrom(async () => {
      const before = logged();
      // After SIGTERM it stops listening at once, but serves the open watches for a minute more.
      scene.server.process().signal('SIGTERM');
      // The second connection asks every 8 to 12 s; the proxy breaks it off, since the server refuses it.
      await lost(/socket hang up/, before, 12_000 + 5_000);
      await scene.server.process().kill();
      await scene.server.start();
    });
  });

  it('is restarted while its own etcd is compacted, so that our resource version is too old', async () => {
    await scene.recoversFrom(async () => {
      const before = logged();
      // From now on every stream ends at once and normally, so the producer keeps the resource version it has.
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

  it('sends 410 within a watch and leaves the watch open (by the fake proxy)', async () => {
    await scene.recoversFrom(async () => {
      const before = logged();
      scene.proxy.expire();
      await scene.change();
      await lost(/\b410\b/, before);
    });
  });

  it('no longer has the version of a watch that was cut: all is listed again, without a warning (by the fake proxy)', async () => {
    const isExpired = ({ msg, collection }: LogEvent): boolean =>
      msg === 'collection.expired' && collection === 'services';
    await scene.recoversFrom(async () => {
      const before = logged();
      // Not the second connection, which asks for one second only.
      scene.proxy.before(/services\?.*timeoutSeconds=290/, () => Promise.resolve({ status: 410 }));
      scene.proxy.endWatches();
      scene.proxy.pass();
      await waitForEvent(scene.producer(), isExpired, { after: before });
      await scene.change();
      await scene.serves(scene.fleet.hosts);
      const events = logEvents(scene.producer()).slice(before);
      // The end of an earlier fault may still be logged here, as a warning too.
      expect(events.filter(({ msg }) => msg === 'collection.lost')).toEqual([]);
    });
  });

  it('has half-open watches: they stay open, and no event arrives (by the fake proxy)', async () => {
    await scene.recoversFrom(async () => {
      const before = logged();
      scene.proxy.freeze();
      await scene.change();
      await lost(/the stream is open and delivers nothing/, before);
    });
  });

  it('closes every watch at once, and isn’t overloaded by retries (by the fake proxy)', async () => {
    await scene.recoversFrom(async () => {
      const before = logged();
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

  it('answers 429 with Retry-After, and isn’t asked again before that time (by the fake proxy)', async () => {
    await scene.recoversFrom(async () => {
      const [before, begun] = [logged(), performance.now()];
      scene.proxy.refuse({ status: 429, headers: { 'Retry-After': '3' } });
      await lost(/\b429\b/, before);
      await scene.change();
      const [first, again] = await waitFor('the Services are requested twice', () => {
        const [one, two] = lists(scene).filter((at) => at > begun);
        return one === undefined || two === undefined
          ? { pending: 'not yet' }
          : { done: [one, two] as const };
      });
      expect(again - first).toBeGreaterThan(2_900);
      scene.proxy.pass();
    });
  });

  it('answers 500 to every request (by the fake proxy)', async () => {
    await scene.recoversFrom(async () => {
      const before = logged();
      scene.proxy.refuse({ status: 500 });
      await lost(/\b500\b/, before);
      await scene.change();
      scene.proxy.pass();
    });
  });

  it('no longer accepts our token: 401 is logged, and the new token is read from the kubeconfig', async () => {
    const [former, fresh] = ['producer-of-the-harness', 'another-one'];
    const rewrite = (file: string): void => {
      writeFileSync(file, readFileSync(file, 'utf8').replace(former, fresh));
    };
    await scene.recoversFrom(async () => {
      const before = logged();
      await scene.server.process().kill();
      rewrite(join(scene.fleet.folder, 'kube', 'tokens.csv'));
      await scene.server.start();
      await lost(/\b401\b/, before);
      await scene.change();
      rewrite(scene.kubeconfig);
      rewrite(scene.server.producerKubeconfig);
    });
  });
});

/** The times at which the Services were listed. */
function lists(scene: KubeScene): number[] {
  return scene.proxy
    .requests()
    .flatMap(({ what, at }) => (what.startsWith('GET /api/v1/services?limit=') ? [at] : []));
}

const KUBE_ETCD = 'http://10.99.0.1:2479';

/** Compacts the API server's etcd up to its current revision. */
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
