import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { createShop } from '../support/fleet/shop.ts';
import type { CommandResult } from '../support/sandbox/processes.ts';
import { runCommand, startProcess } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

interface FleetDocument {
  readonly healthy: boolean;
  readonly hosts: readonly { readonly host: string; readonly inSync: string }[];
}

/** One look at etcd shows every host, also those that are dead, and a dead one goes when an operator says so. */
describe('the status of the fleet', () => {
  let fleet: Fleet;
  const { text, served } = createShop(() => fleet);
  const command = (...words: readonly string[]): string[] => [
    ...[process.execPath, bundlePath('producer'), ...words],
    `--etcd-host=${fleet.etcd.url}`,
  ];
  const run = (...words: readonly string[]): Promise<CommandResult> => runCommand(command(...words));
  const until = (code: number, expected: RegExp, limitMs = 15_000): Promise<string> =>
    waitFor(
      `status exits with ${String(code)} and says ${String(expected)}`,
      async () => {
        const { code: now, stdout, stderr } = await run('status');
        return now === code && expected.test(stdout) ? { done: stdout } : { pending: stdout + stderr };
      },
      { limitMs, everyMs: 500 },
    );

  beforeAll(async () => {
    fleet = await startFleet();
    await fleet.nodes.listen(30001, 30002);
  });
  afterAll(() => fleet.close());

  it('says that nothing is published, and is not healthy', async () => {
    await until(1, /the key is missing, so nothing was published yet; 0 of 2 hosts in sync/);
  });

  it('exits with 0 once every host is in sync, and is one document with -o json', async () => {
    await fleet.etcd.put(text(30001));
    await served(30001);
    const said = await until(0, /2 of 2 hosts in sync/);
    expect(said).toMatch(/^lb-1 +yes +yes +\d+ +reload +\S+Z +0 +0 +- +\d/m);
    const { stdout } = await run('status', '-o', 'json');
    const document = JSON.parse(stdout) as FleetDocument;
    expect(document.healthy).toBe(true);
    expect(document.hosts.map(({ host, inSync }) => `${host} ${inSync}`)).toEqual(['lb-1 yes', 'lb-2 yes']);
  });

  it('is not healthy while publications are paused', async () => {
    await run('pause', '--by=ann', '--reason=upgrade');
    await until(1, /Publications are paused by ann since \S+: upgrade/);
    await run('resume');
    await until(0, /2 of 2 hosts in sync/);
  });

  it('prints a new table for each change with --watch, and none for heartbeats', async () => {
    const watching = startProcess({
      name: 'status',
      command: command('status', '--watch'),
      logs: fleet.logs,
    });
    const printed = (): string => watching.log();
    const tables = (): number => printed().match(/^HOST /gm)?.length ?? 0;
    await waitFor('the first table', () => Promise.resolve(when(tables() === 1, printed())));
    await fleet.etcd.put(text(30002));
    await served(30002);
    const revision = /at revision (\d+)/.exec(await until(0, /2 of 2 hosts in sync/))?.[1] ?? '';
    await waitFor('the table of the new text', () =>
      Promise.resolve(when(printed().includes(`at revision ${revision}: 2 of 2 hosts in sync`), printed())),
    );
    await watching.stop();
    // At most one for the new text, one for each host, and one while both change.
    expect(tables()).toBeLessThanOrEqual(5);
  });

  it('refuses to forget a host whose agent runs, and one that it does not know', async () => {
    const alive = await run('forget', 'lb-2');
    expect([alive.code, alive.stderr]).toEqual([1, expect.stringContaining('the agent of lb-2 runs')]);
    const unknown = await run('forget', 'lb-9');
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('there is no status of lb-9'),
    ]);
    expect((await run('forget')).code).toBe(2);
  });

  it('shows a dead host until it is forgotten', async () => {
    await fleet.host('lb-2').stopConsumer();
    const said = await until(1, /1 of 2 hosts in sync/, 60_000);
    expect(said).toMatch(/^lb-2 +no +unknown/m);
    expect(said).toMatch(/ {2}lb-2: its agent doesn't run; it ran revision \d+/);
    const { code, stdout, stderr } = await run(
      'forget',
      'lb-2',
      '--by=ann',
      '--reason=sold',
      '--log-format=json',
    );
    expect([code, stdout]).toEqual([0, 'lb-2 is forgotten\n']);
    expect(JSON.parse(stderr)).toMatchObject({
      msg: 'host.forgotten',
      host: 'lb-2',
      by: 'ann',
      reason: 'sold',
    });
    await until(0, /1 of 1 host in sync/);
  });

  it('shows statuses that it cannot read, and lets none of their control characters through', async () => {
    const status = `${DEFAULT_PATH}/hosts/`;
    await fleet.etcd.put('{"version":2}', `${status}newer`);
    await fleet.etcd.put('no JSON', `${status}odd\u001b[2J`);
    const said = await until(1, /newer: .*is of version 2; this program knows 1/);
    expect(said).toMatch(/odd\?\[2J: .*isn't JSON/);
    expect(said).not.toContain('\u001b');
  });

  it('exits with 2 if etcd cannot be reached', async () => {
    const { code, stdout, stderr } = await runCommand([
      ...[process.execPath, bundlePath('producer'), 'status', '--etcd-host=http://127.0.0.1:1'],
    ]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('127.0.0.1:1');
  });
});
