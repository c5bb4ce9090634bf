import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureIo, until } from '@kubefigurator/daemon/testing';
import { expect, it } from 'vitest';
import { isAlive, startWatchdog } from './watchdog.ts';

type Loop = Parameters<typeof isAlive>[0];

const MINUTE_MS = 60_000;
const loopWith = (runningSince: () => number | undefined): Loop => ({
  status: () => ({ passes: 1, failures: 0, runningSince: runningSince() }),
});

it.each<[string, number | undefined, boolean]>([
  ['no pass runs', undefined, true],
  ['a pass has just begun', 0, true],
  ['a pass takes long', 4 * MINUTE_MS, true],
  ['a pass is stuck', 6 * MINUTE_MS, false],
])('tells if the loop is alive: %s', (_what, ageMs, alive) => {
  const since = ageMs === undefined ? undefined : performance.now() - ageMs;
  expect(isAlive(loopWith(() => since))).toBe(alive);
});

it('notifies systemd at half the interval of the unit, not while a pass is stuck, and no more once it is stopped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchdog-'));
  const said = join(folder, 'said');
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$@" >> ${said}\n`);
  chmodSync(join(folder, 'systemd-notify'), 0o755);
  const { io } = captureIo([], {
    NOTIFY_SOCKET: '/run/notify',
    WATCHDOG_USEC: '20000',
    PATH: `${folder}:/usr/bin:/bin`,
  });
  const count = (): number =>
    existsSync(said) ? readFileSync(said, 'utf8').split('WATCHDOG=1\n').length - 1 : 0;
  let since: number | undefined = performance.now() - 6 * MINUTE_MS;
  let looks = 0;
  const stop = startWatchdog(
    io,
    loopWith(() => {
      looks += 1;
      return since;
    }),
  );
  await until('the stuck pass was looked at', () => looks >= 5);
  expect(count()).toBe(0);
  since = undefined;
  await until('systemd was notified', () => count() >= 2);
  stop();
  const before = looks;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(looks).toBe(before);
  // A systemd-notify that was started before the stop may still write.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
});

it('does nothing outside a unit with a watchdog', () => {
  const stop = startWatchdog(captureIo().io, {
    status: () => {
      throw new Error('is not called');
    },
  });
  expect(stop()).toBeUndefined();
});
