import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { serviceManifest } from '../support/kube/manifests.ts';
import { producerFlags } from '../support/fleet/producer.ts';
import type { CommandResult, RunningProcess } from '../support/sandbox/processes.ts';
import { startProcess } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

interface Replica {
  readonly process: RunningProcess;
  readonly url: string;
}

/** Several producers for one path: one publishes, and the others are ready to. */
describe('of several producers', () => {
  let scene: Scene;
  let replicas: readonly Replica[] = [];
  let started = 0;
  let changes = 0;

  function start(): Replica {
    const port = String(9_650 + started);
    started += 1;
    const process_ = startProcess({
      name: `replica-${String(started)}`,
      command: [
        ...[process.execPath, bundlePath('producer'), 'watch'],
        ...producerFlags({
          etcdUrl: scene.fleet.etcd.url,
          certificateDir: scene.fleet.certificateDir,
          source: scene.cluster.source,
        }),
        ...[`--metrics-address=127.0.0.1:${port}`, '-v'],
      ],
      logs: scene.fleet.logs,
    });
    return { process: process_, url: `http://127.0.0.1:${port}` };
  }

  const metric = async ({ url }: Replica, name: string): Promise<number> => {
    // One that is paused takes the connection and never answers.
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(1_000) });
    const text = await response.text();
    return Number(new RegExp(`^kubefigurator_producer_${name} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  const leaders = async (): Promise<readonly Replica[]> => {
    const alive = replicas.filter(({ process: each }) => each.running());
    const values = await Promise.all(alive.map((each) => metric(each, 'leader').catch(() => 0)));
    return alive.filter((_each, index) => values[index] === 1);
  };
  const leader = (but?: Replica): Promise<Replica> =>
    waitFor(
      'one producer leads',
      async () => {
        const [first, ...more] = (await leaders()).filter((each) => each !== but);
        return first !== undefined && more.length === 0
          ? { done: first }
          : { pending: scene.fleet.logTails() };
      },
      { limitMs: 20_000, everyMs: 50 },
    );
  /** Makes the next change; resolves to its host name. */
  async function change(): Promise<string> {
    changes += 1;
    const hostname = `change-${String(changes)}.example.com`;
    const options = { 'listen-port': '80', 'use-ssl': 'false', hostname };
    await scene.cluster.apply(serviceManifest({ name: 'change', nodePort: 31_000, options }));
    return hostname;
  }
  /** The number of the change that etcd holds. */
  async function published(): Promise<number> {
    return Number(/ change-(\d+)\.example\.com /.exec((await scene.fleet.etcd.get()) ?? '')?.[1]);
  }
  const isReady = ({ url }: Replica): Promise<unknown> =>
    waitFor(`${url} is ready`, async () => {
      const status = (await fetch(`${url}/readyz`).catch(() => undefined))?.status;
      return when(status === 200, String(status));
    });
  /** Makes a change; resolves to the milliseconds until it is in etcd. */
  async function publish(limitMs = 20_000): Promise<number> {
    const since = performance.now();
    const hostname = await change();
    await waitFor(
      `${hostname} is in etcd`,
      async () => when((await scene.fleet.etcd.get())?.includes(hostname) === true, scene.fleet.logTails()),
      { limitMs, everyMs: 20 },
    );
    return performance.now() - since;
  }
  const apply = (...flags: readonly string[]): Promise<CommandResult> =>
    scene.fleet.runProducer('apply', scene.cluster.source, ...flags);

  beforeAll(async () => {
    scene = await startScene();
    await scene.producer().stop();
    replicas = [start(), start(), start()];
    await leader();
  });
  beforeEach(async () => {
    const alive = replicas.filter(({ process: each }) => each.running());
    replicas = [...alive, ...Array.from({ length: 3 - alive.length }, () => start())];
    await leader();
    await Promise.all(replicas.map(isReady));
  });
  afterAll(async () => {
    for (const { process: each } of replicas) await each.kill();
    await scene.close();
  });

  it('one publishes, and the others are ready and have nothing to say', async () => {
    await publish();
    const [first] = await leaders();
    for (const each of replicas.filter((one) => one !== first)) {
      await waitFor('it is ready to publish', async () =>
        when((await metric(each, 'in_sync')) === 1, 'not yet'),
      );
      const texts = await (await fetch(`${each.url}/metrics`)).text();
      expect(texts).toContain('kubefigurator_producer_publications_total{result="published"} 0');
      expect(texts).not.toMatch(/^kubefigurator_producer_(diagnostics|held)\{/m);
      expect(logEvents(each.process).map(({ msg }) => msg)).toContain('leader.followed');
    }
  });

  it('the one that leads is killed', async () => {
    const first = await leader();
    await first.process.kill();
    expect(await publish()).toBeLessThan(12_000);
    expect(await leader()).not.toBe(first);
  });

  it('the one that leads is stopped cleanly', async () => {
    const first = await leader();
    await first.process.stop();
    expect(await publish()).toBeLessThan(3_000);
  });

  it('all are replaced one after the other, as by a rolling update, while changes go on', async () => {
    await publish();
    const stopLoad = await scene.load();
    const over = new AbortController();
    const making = (async () => {
      while (!over.signal.aborted) await Promise.all([change(), delay(200)]);
    })();
    const seen: number[] = [];
    const watching = (async () => {
      while (!over.signal.aborted) seen.push(await published());
    })();
    const waits: number[] = [];
    // As in our Deployment: maxSurge is 1 and maxUnavailable 0, so that the new one is ready before the old one is asked to stop.
    for (const old of replicas) {
      const next = start();
      replicas = [...replicas, next];
      await isReady(next);
      const asked = performance.now();
      await old.process.stop();
      const [before, stopped] = [changes, performance.now()];
      expect(stopped - asked).toBeLessThan(5_000);
      await waitFor('a change of after the stop is in etcd', async () => {
        const now = await published();
        return when(now > before, `${String(now)} of ${String(before)}`);
      });
      waits.push(performance.now() - stopped);
    }
    over.abort();
    await Promise.all([making, watching]);
    // A change comes every 200 ms, so that one of them is a part of each wait.
    expect(Math.max(...waits)).toBeLessThan(1_200);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(await stopLoad()).toMatchObject({ failed: 0, failures: [] });
    expect((await leaders()).length).toBe(1);
  });

  it('the one that leads is paused, and is shut out when it goes on', async () => {
    const first = await leader();
    first.process.pause();
    await publish();
    const second = await leader(first);
    await publish();
    const before = await scene.fleet.etcd.get();
    const after = logEvents(first.process).length;
    first.process.resume();
    await waitForEvent(first.process, ({ msg }) => msg === 'leader.followed', { after });
    expect(await scene.fleet.etcd.get()).toBe(before);
    await publish();
    expect(await leaders()).toEqual([second]);
    const msgs = logEvents(second.process).map(({ msg }) => msg);
    expect(msgs.filter((msg) => msg.startsWith('foreign-text'))).toEqual([]);
  });

  it('none is overwritten by an apply, which says who leads', async () => {
    await publish();
    const { code, stderr } = await apply();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/the producer on \S+ \(process \d+\) publishes to/) as string,
    });
    expect(await apply('--force')).toMatchObject({ code: 0 });
  });

  it('none publishes any more once the key of the leader is taken away by hand, but one that has it anew', async () => {
    const key = '/stackexchange.com/haproxy-kubefigurator/config/leader';
    const first = await leader();
    const after = logEvents(first.process).length;
    await scene.fleet.etcd.delete(key);
    const gained = await Promise.any(
      replicas.map(({ process: each }) =>
        waitForEvent(each, ({ msg }) => msg === 'leadership.gained', {
          after: each === first.process ? after : 1,
        }),
      ),
    );
    expect(gained).toMatchObject({ revision: expect.any(String) as string });
    await publish();
    await leader();
  });
});
