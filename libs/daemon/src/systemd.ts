import { runChild } from './exec.ts';
import type { Io } from './io.ts';

const NOTIFY_TIMEOUT_MS = 2_000;

/**
 * Sends states such as `READY=1` or `STATUS=in sync` to systemd by systemd-notify(1); does nothing without NOTIFY_SOCKET.
 * Returns false if they were not sent; never throws, since the service can run without it.
 */
export async function notifySystemd(io: Io, ...states: readonly string[]): Promise<boolean> {
  if (!io.env['NOTIFY_SOCKET'] || states.length === 0) return false;
  try {
    const { code } = await runChild('systemd-notify', states.map(oneLine), {
      timeoutMs: NOTIFY_TIMEOUT_MS,
      env: io.env,
    });
    return code === 0;
  } catch {
    return false;
  }
}

/**
 * How often `WATCHDOG=1` has to be sent, in milliseconds: half of the unit's WatchdogSec. Undefined without one, or if
 * another process has to send it.
 */
export function watchdogIntervalMs(io: Io): number | undefined {
  const limitMicroseconds = Number(io.env['WATCHDOG_USEC'] ?? Number.NaN);
  const watchedPid = io.env['WATCHDOG_PID'] ?? '';
  const isOurs = watchedPid === '' || Number(watchedPid) === io.pid;
  return limitMicroseconds > 0 && isOurs ? limitMicroseconds / 1_000 / 2 : undefined;
}

/** Replaces newlines, since each would begin another assignment, and a status may quote text from etcd. */
function oneLine(state: string): string {
  return state.replace(/[\u0000-\u001f\u007f]+/g, ' ');
}
