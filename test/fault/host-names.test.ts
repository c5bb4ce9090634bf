import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseHostPresence, parseHostStatus, type HostNameShared } from '@kubefigurator/config-model';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

const STATUS = `${DEFAULT_PATH}/hosts/lb-1`;
const ALIVE = `${DEFAULT_PATH}/alive/lb-1`;
/**
 * An agent beats every 10 s; within 30 s it finds another agent, and within 40 s it notices that the other is gone.
 * The rest is for slow machines.
 */
const [FOUND_MS, GONE_MS] = [35_000, 45_000];
const NAME = '--host-name=lb-1';

/** Agents on several hosts that were all told the name lb-1, as cloned machines are. */
describe('agents with one host name', () => {
  let scene: Scene;
  let [one, two]: LoadBalancerHost[] = [];
  const etcd = (): Scene['fleet']['etcd'] => scene.fleet.etcd;
  const present = (host: LoadBalancerHost | undefined): LoadBalancerHost => {
    if (host === undefined) throw new Error('no such host');
    return host;
  };
  const events = (host: LoadBalancerHost, after = 0): readonly string[] =>
    logEvents(host.consumer())
      .slice(after)
      .flatMap(({ msg, level }) => (msg.startsWith('host-name.') && level !== 'debug' ? [msg] : []));
  const logged = (host: LoadBalancerHost): number => logEvents(host.consumer()).length;
  const status = (host: LoadBalancerHost): Promise<string> =>
    host.runConsumer('status').then(({ stdout, stderr }) => stdout + stderr);
  const metric = async (host: LoadBalancerHost): Promise<string | undefined> => {
    const answer = await fetch(`http://${host.address}:9641/metrics`, { signal: AbortSignal.timeout(2_000) });
    return /^kubefigurator_consumer_host_name_shared (\d)$/m.exec(await answer.text())?.[1];
  };
  const sharedInEtcd = async (): Promise<HostNameShared | undefined> => {
    const parsed = parseHostStatus((await etcd().get(STATUS)) ?? '');
    return parsed.kind === 'status' ? parsed.status.hostNameShared : undefined;
  };
  /** Waits until the status on this host warns of these others, and of no more agents. */
  async function names(
    host: LoadBalancerHost,
    others: readonly LoadBalancerHost[],
    limitMs: number,
  ): Promise<void> {
    const expected = new RegExp(
      `WARNING: ${String(others.length + 1)} agents have shared the host name lb-1`,
    );
    const check = async (): Promise<{ done: true } | { pending: string }> => {
      const text = await status(host);
      const isRight = expected.test(text) && others.every(({ address }) => text.includes(address));
      return when(isRight, text);
    };
    await waitFor(`the status on ${host.name} names the others`, check, { limitMs, everyMs: 500 });
  }
  /** Waits until log, status, presence and metric say that the host has its name for itself. */
  async function isFree(host: LoadBalancerHost, after: number): Promise<void> {
    const isEnd = ({ msg }: { readonly msg: string }): boolean => msg === 'host-name.recovered';
    await waitForEvent(host.consumer(), isEnd, { after, limitMs: GONE_MS });
    await waitFor('the status on the host', async () => {
      const text = await status(host);
      return when(/^lb-1: in sync$/m.test(text), text);
    });
    await waitFor('the status in etcd', async () => {
      const held = (await etcd().get(STATUS)) ?? '';
      return when(held !== '' && (await sharedInEtcd()) === undefined, held);
    });
    await waitFor('the presence', async () => {
      const held = (await etcd().get(ALIVE)) ?? '';
      const presence = parseHostPresence(held);
      return when(presence?.addresses[0] === host.address && presence.sharedWith === undefined, held);
    });
    expect(await metric(host)).toBe('0');
  }
  const wipe = async (): Promise<void> => {
    await etcd().kill();
    rmSync(join(scene.fleet.folder, 'etcd'), { recursive: true });
    await etcd().start();
  };
  const passed = async (ms: number): Promise<void> => {
    const since = performance.now();
    const check = (): { done: true } | { pending: string } => when(performance.now() - since > ms, 'not yet');
    await waitFor('the beats have passed', check, { limitMs: 2 * ms, everyMs: 500 });
  };

  beforeAll(async () => {
    scene = await startScene({ consumers: false, begin: false });
    [one, two] = scene.fleet.hosts;
    scene.startProducer();
    present(one).startConsumer();
    present(two).startConsumer();
    await scene.waitUntilInSync();
  });
  afterAll(() => scene.close());

  it('one agent is killed, stopped and started, and etcd wiped and restored: nobody reports it', async () => {
    const host = present(one);
    const snapshot = join(scene.fleet.folder, 'names.db');
    expect((await etcd().etcdctl('snapshot', 'save', snapshot)).code).toBe(0);
    for (let kills = 0; kills < 3; kills += 1) {
      await host.consumer().kill();
      host.startConsumer();
      await host.waitUntilReady();
    }
    await host.stopConsumer();
    host.startConsumer();
    await wipe();
    await passed(FOUND_MS);
    await etcd().stop();
    rmSync(join(scene.fleet.folder, 'etcd'), { recursive: true });
    const peer = 'http://127.0.0.1:2380';
    const member = ['--name=etcd', `--initial-cluster=etcd=${peer}`, `--initial-advertise-peer-urls=${peer}`];
    const data = `--data-dir=${join(scene.fleet.folder, 'etcd')}`;
    expect((await etcd().etcdctl('snapshot', 'restore', snapshot, data, ...member)).code).toBe(0);
    await etcd().start();
    await passed(FOUND_MS);
    for (const each of scene.fleet.hosts) expect([each.name, events(each)]).toEqual([each.name, []]);
    expect(await metric(host)).toBe('0');
    await scene.waitUntilInSync();
  }, 240_000);

  it('two agents: log, status, metric and presence of both name the other, and both go on applying', async () => {
    const [a, b] = [present(one), present(two)];
    await b.stopConsumer();
    b.startConsumer(NAME);
    await Promise.all([names(a, [b], FOUND_MS), names(b, [a], FOUND_MS)]);
    for (const [host, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const event = logEvents(host.consumer()).find(({ msg }) => msg === 'host-name.duplicated');
      expect(event).toMatchObject({ level: 'warn', host: 'lb-1' });
      expect(JSON.stringify(event?.['others'])).toContain(other.address);
      await waitFor('the metric', async () => when((await metric(host)) === '1', 'it is not 1'));
      expect((await host.runConsumer('status')).code).toBe(0);
    }
    await scene.recoversFrom(async () => {
      await waitFor('the status in etcd', async () =>
        when((await sharedInEtcd()) !== undefined, 'not shared'),
      );
      const writers = new Set<string>();
      const check = async (): Promise<{ done: true } | { pending: string }> => {
        expect((await sharedInEtcd())?.others, 'the status, whoever wrote it').toHaveLength(1);
        const held = parseHostPresence((await etcd().get(ALIVE)) ?? '');
        if (held?.sharedWith?.length === 1) writers.add(held.addresses[0] ?? '');
        return when(writers.size === 2, JSON.stringify(held));
      };
      await waitFor('both write their presence with the other in it', check, {
        limitMs: 40_000,
        everyMs: 500,
      });
    });
    expect([events(a), events(b)]).toEqual([['host-name.duplicated'], ['host-name.duplicated']]);
  });

  it('two agents, and etcd loses all its data: both still report it, and nothing else', async () => {
    await scene.recoversFrom(wipe);
    await passed(GONE_MS);
    for (const host of [present(one), present(two)]) {
      expect([host.name, events(host)]).toEqual([host.name, ['host-name.duplicated']]);
      expect(await metric(host)).toBe('1');
    }
    await waitFor('the status in etcd', async () =>
      when((await sharedInEtcd()) !== undefined, 'it is not shared'),
    );
  });

  it('one of two agents is started with a name of its own: the other has its name for itself', async () => {
    const [a, b] = [present(one), present(two)];
    const [after, afterOther] = [logged(a), logged(b)];
    await b.stopConsumer();
    b.startConsumer();
    await isFree(a, after);
    expect(events(b, afterOther)).toEqual([]);
    await scene.waitUntilInSync();
  });

  it('one of two agents is killed: the other has its name for itself within 40 seconds', async () => {
    const [a, b] = [present(one), present(two)];
    const after = logged(a);
    await b.stopConsumer();
    b.startConsumer(NAME);
    await names(a, [b], FOUND_MS);
    await b.consumer().kill();
    await isFree(a, after);
    b.startConsumer();
    await scene.waitUntilInSync();
  });
});
