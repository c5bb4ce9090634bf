import { execute } from './exec.ts';
import type { Io } from './io.ts';

const NOTIFY_TIMEOUT_MS = 2_000;

/**
 * Tells systemd a state such as `READY=1` or `STATUS=in sync`; nothing happens outside a unit with Type=notify.
 * Gives false where systemd didn't hear it; never throws, since no service should stop for that.
 */
export async function notifySystemd(io: Io, ...states: readonly string[]): Promise<boolean> {
  if (!io.env['NOTIFY_SOCKET'] || states.length === 0) return false;
  try {
    const { code } = await execute('systemd-notify', states.map(oneLine), {
      timeoutMs: NOTIFY_TIMEOUT_MS,
      env: io.env,
    });
    return code === 0;
  } catch {
    return false;
  }
}

/** How often the watchdog wants to hear `WATCHDOG=1`, in milliseconds: half of its limit; undefined without one. */
export function watchdogIntervalMs(io: Io): number | undefined {
  const limit = Number(io.env['WATCHDOG_USEC'] ?? Number.NaN);
  const meant = io.env['WATCHDOG_PID'];
  if (!(limit > 0) || (meant !== undefined && meant !== '' && Number(meant) !== io.pid)) return undefined;
  return limit / 2_000;
}

/** A newline would begin another assignment: what others wrote into a status must not speak to systemd. */
function oneLine(state: string): string {
  return state.replace(/[\u0000-\u001f\u007f]+/g, ' ');
}
