import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { notifySystemd, watchdogIntervalMs } from './systemd.ts';
import { captureIo } from './testing/captured-io.ts';

it('calls systemd-notify only if NOTIFY_SOCKET is set', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'notify-'));
  const program = join(folder, 'systemd-notify');
  writeFileSync(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $@" > ${folder}/said\n`);
  chmodSync(program, 0o755);
  const unit = captureIo([], { NOTIFY_SOCKET: '/run/notify', PATH: `${folder}:/usr/bin:/bin` });
  expect(await notifySystemd(unit.io, 'READY=1', 'STATUS=in sync')).toBe(true);
  expect(readFileSync(join(folder, 'said'), 'utf8')).toBe('/run/notify READY=1 STATUS=in sync\n');
  expect(await notifySystemd(captureIo().io, 'READY=1')).toBe(false);
  expect(
    await notifySystemd(captureIo([], { NOTIFY_SOCKET: '/run/notify', PATH: '/nowhere' }).io, 'READY=1'),
  ).toBe(false);
  rmSync(folder, { recursive: true });
});

it.each([
  [{}, undefined],
  [{ WATCHDOG_USEC: '30000000' }, 15_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, 15_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, undefined],
  [{ WATCHDOG_USEC: 'x' }, undefined],
])('reads the watchdog from %j', (env, ms) => {
  expect(watchdogIntervalMs(captureIo([], env).io)).toBe(ms);
});
