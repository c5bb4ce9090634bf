import type { Io, ReconcileLoop } from '@kubefigurator/daemon';
import { notifySystemd, watchdogIntervalMs } from '@kubefigurator/daemon';

/** A pass that takes longer than this hangs: the time limits of its steps are shorter. */
const STUCK_AFTER_MS = 300_000;

/** Sends `WATCHDOG=1` to systemd in intervals unless a pass hangs; returns a function that stops this. */
export function startWatchdog(io: Io, loop: Pick<ReconcileLoop<string>, 'status'>): () => void {
  const intervalMs = watchdogIntervalMs(io);
  if (intervalMs === undefined) return () => undefined;
  const timer = setInterval(() => {
    if (isAlive(loop)) void notifySystemd(io, 'WATCHDOG=1');
  }, intervalMs);
  return () => clearInterval(timer);
}

/** True unless the current pass hangs. */
export function isAlive(loop: Pick<ReconcileLoop<string>, 'status'>): boolean {
  const { runningSince } = loop.status();
  return runningSince === undefined || performance.now() - runningSince < STUCK_AFTER_MS;
}
