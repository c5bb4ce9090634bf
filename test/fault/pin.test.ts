import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_ETCD_PATH, etcdKeyAt } from '@kubefigurator/config-model';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { serviceManifest } from '../support/kube/manifests.ts';
import { producerFlags } from '../support/fleet/producer.ts';
import type { CommandResult, RunningProcess } from '../support/sandbox/processes.ts';
import { runCommand, startProcess } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

interface Listed {
  readonly revision: string;
  readonly hash: string;
  readonly live: boolean;
  readonly pinned: boolean;
  readonly cause?: { readonly objects: readonly { readonly name: string; readonly change: string }[] };
}

interface FleetDocument {
  readonly hosts: readonly {
    readonly status?: { readonly applied?: { readonly hash: string; readonly at: string } };
  }[];
  readonly pinned?: { readonly at: string };
}

/** An operator goes back to an earlier text, while two producers and two hosts run. */
describe('a pinned text', () => {
  let scene: Scene;
  let replica: RunningProcess;

  const run = (...command: readonly string[]): Promise<CommandResult> =>
    runCommand([
      ...[process.execPath, bundlePath('producer'), ...command],
      `--etcd-host=${scene.fleet.etcd.url}`,
    ]);
  const text = async (): Promise<string> => (await scene.fleet.etcd.get()) ?? '';
  const published = async (): Promise<readonly Listed[]> => {
    const { stdout } = await run('history', '-o', 'json');
    return JSON.parse(stdout) as readonly Listed[];
  };
  const untilText = (what: string, holds: (now: string) => boolean, limitMs = 20_000): Promise<true> =>
    waitFor(what, async () => when(holds(await text()), scene.fleet.logTails()), { limitMs, everyMs: 20 });
  /** Waits until each host says that it runs the pinned text; how long after the operator's word it did, in milliseconds. */
  const untilHostsRun = (hash: string): Promise<readonly number[]> =>
    waitFor('every host runs the text', async () => {
      const { stdout } = await run('status', '-o', 'json');
      const { hosts, pinned } = JSON.parse(stdout) as FleetDocument;
      const applied = hosts.map(({ status }) => status?.applied);
      return pinned !== undefined && applied.every((one) => one?.hash === hash)
        ? { done: applied.map((one) => Date.parse(one?.at ?? '') - Date.parse(pinned.at)) }
        : { pending: stdout };
    });
  const named = async (name: string): Promise<void> => {
    const options = { 'listen-port': '80', 'use-ssl': 'false', hostname: `${name}.example.com` };
    await scene.cluster.apply(serviceManifest({ name: 'release', nodePort: 31_000, options }));
  };

  beforeAll(async () => {
    scene = await startScene();
    replica = startProcess({
      name: 'replica',
      command: [
        ...[process.execPath, bundlePath('producer'), 'watch'],
        ...producerFlags({
          etcdUrl: scene.fleet.etcd.url,
          certificateDir: scene.fleet.certificateDir,
          source: scene.cluster.source,
        }),
        '--metrics-address=127.0.0.1:9660',
      ],
      logs: scene.fleet.logs,
    });
    await named('new');
    await scene.waitUntilInSync();
  });
  afterAll(() => scene.close());

  it('an operator goes back to an earlier text: every host runs it within 2 s, until unpin', async () => {
    // Besides the last one there is one entry a minute, so that the first publication of this fleet stays in the history.
    const listed = await waitFor(
      'two publications are in the history',
      async () => {
        const found = await published();
        const first = found.at(-1);
        return first !== undefined && found.length > 1
          ? { done: first }
          : { pending: scene.fleet.logTails() };
      },
      { limitMs: 10_000 },
    );
    const after = logEvents(scene.producer()).length;
    const end = await scene.load();
    expect(await run('pin', listed.revision, '--by=ann', '--reason=wrong')).toMatchObject({ code: 0 });
    const [old, oldHash] = [await text(), listed.hash];
    expect(createHash('sha256').update(old).digest('hex')).toBe(oldHash);
    for (const took of await untilHostsRun(oldHash)) expect(took).toBeLessThan(2_000);
    const { code, stdout } = await run('status');
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`^Pinned to revision ${listed.revision} by ann since .*: wrong$`, 'm'));
    await waitFor('the difference is told', async () => {
      const status = await run('status');
      return when(
        /^The text that would be published differs: \d+ lines come, \d+ go\.$/m.test(status.stdout),
        status.stdout,
      );
    });
    expect((await published()).find(({ pinned }) => pinned)).toMatchObject({ hash: oldHash, live: true });
    const events = logEvents(scene.producer()).slice(after);
    expect(events.filter(({ msg }) => String(msg).startsWith('foreign-text'))).toEqual([]);
    expect((await end()).failed).toBe(0);
  });

  it('somebody overwrites a pinned text', async () => {
    const old = await text();
    await scene.fleet.etcd.put(`${old}# by hand\n`);
    await untilText('the pinned text is back', (now) => now === old, 5_000);
  });

  it('apply and take-over refuse a path with a pinned text', async () => {
    const old = await text();
    const applied = await scene.fleet.runProducer('apply', scene.cluster.source, '--force');
    expect(applied.code).toBe(1);
    expect(applied.stderr).toMatch(/pinned to revision \d+ by ann/);
    expect(await run('take-over', 'other')).toMatchObject({ code: 1 });
    expect(await text()).toBe(old);
  });

  it('the leader is killed while a text is pinned, and the next one goes on from what stood before', async () => {
    const old = await text();
    const end = await scene.load();
    await scene.producer().kill();
    await waitForEvent(replica, ({ msg }) => msg === 'publication.pinned', { limitMs: 20_000 });
    await scene.fleet.etcd.put('# nobody\n');
    await untilText('the pinned text is back', (now) => now === old, 5_000);
    expect(await run('unpin')).toMatchObject({ code: 0 });
    await untilText('the newest text is published', (now) => now.includes(' new.example.com'), 5_000);
    scene.startProducer();
    await scene.waitUntilInSync();
    expect((await end()).failed).toBe(0);
    expect((await run('unpin')).code).toBe(1);
  });

  it('a producer that knows no pins publishes over the pinned text, and the next one leaves that alone', async () => {
    const newest = await text();
    const oldest = (await published()).at(-1);
    if (oldest === undefined) throw new Error('the history is empty');
    expect(await run('pin', oldest.revision, '--by=ann')).toMatchObject({ code: 0 });
    await untilText('the pinned text is there', (now) => !now.includes(' new.example.com'), 5_000);
    const old = await text();
    const producer = scene.producer();
    await Promise.all([producer.kill(), replica.kill()]);
    const end = await scene.load();
    // What a producer of an earlier version writes in one transaction.
    await scene.fleet.etcd.put('{"by":"earlier"}', etcdKeyAt(DEFAULT_ETCD_PATH, 'published'));
    await scene.fleet.etcd.put(newest);
    scene.startProducer();
    await waitForEvent(scene.producer(), ({ msg }) => msg === 'pinned-text.unrestored', {
      limitMs: 20_000,
    });
    expect((await run('status')).stdout).toMatch(
      /^The key stays as it is: a producer of a version that knows/m,
    );
    expect([await text(), newest === old]).toEqual([newest, false]);
    expect(await run('unpin')).toMatchObject({ code: 0 });
    await scene.waitUntilInSync();
    expect(await text()).toBe(newest);
    expect((await end()).failed).toBe(0);
  });

  it('diff compares publications with each other and with the cluster', async () => {
    const [newest, ...older] = await published();
    const oldest = older.at(-1);
    if (newest === undefined || oldest === undefined) throw new Error('the history is too short');
    const between = await run('diff', oldest.revision, newest.revision);
    expect(between.stderr).toBe('');
    expect(between).toMatchObject({ code: 1, stdout: expect.stringContaining('new.example.com') as string });
    expect((await run('diff', newest.revision, newest.revision)).code).toBe(0);
    const now = await scene.fleet.runProducer('diff', scene.cluster.source, newest.revision);
    expect([now.code, now.stdout]).toEqual([0, '']);
    expect((await run('diff', '999999', newest.revision)).code).toBe(2);
  });
});
