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
  /** Makes a change; resolves to the milliseconds until it is in etcd. */
  async function publish(limitMs = 20_000): Promise<number> {
    changes += 1;
    const hostname = `change-${String(changes)}.example.com`;
    const options = { 'listen-port': '80', 'use-ssl': 'false', hostname };
    const since = performance.now();
    await scene.cluster.apply(serviceManifest({ name: 'change', nodePort: 31_000, options }));
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
    for (const { url } of replicas)
      await waitFor(`${url} is ready`, async () => {
        const status = (await fetch(`${url}/readyz`).catch(() => undefined))?.status;
        return when(status === 200, String(status));
      });
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
