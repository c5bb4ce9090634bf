import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notifySystemd } from '@kubefigurator/daemon';
import { captureIo, until } from '@kubefigurator/daemon/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { isPassAlive, startWatchdog } from './watchdog.ts';

afterEach(() => vi.useRealTimers());

const MINUTE_MS = 60_000;

it.each<[string, number | undefined, boolean]>([
  ['no pass runs', undefined, true],
  ['a step has just begun', 0, true],
  ['a step takes long', 4 * MINUTE_MS, true],
  ['a step is stuck', 6 * MINUTE_MS, false],
])('tells if the loop is alive: %s', (_what, ageMs, alive) => {
  const since = ageMs === undefined ? undefined : performance.now() - ageMs;
  expect(isPassAlive(() => since)).toBe(alive);
});

it('notifies systemd at half the interval of the unit, not while a pass is stuck, and no more once it is stopped', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
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
  const stop = startWatchdog(io, () => {
    looks += 1;
    return since;
  });
  vi.advanceTimersByTime(50);
  expect(looks).toBe(5);
  // The systemd-notify of an earlier notification would have ended before this one.
  await notifySystemd(io, 'STATUS=stuck');
  expect(count()).toBe(0);
  since = undefined;
  vi.advanceTimersByTime(20);
  await until('systemd was notified', () => count() >= 2);
  stop();
  vi.advanceTimersByTime(50);
  expect(looks).toBe(7);
  expect(count()).toBe(2);
  rmSync(folder, { recursive: true });
});

it('does nothing outside a unit with a watchdog', () => {
  const stop = startWatchdog(captureIo().io, () => {
    throw new Error('is not called');
  });
  expect(stop()).toBeUndefined();
});
