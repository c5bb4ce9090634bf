import type { Io, ReconcileLoop } from '@kubefigurator/daemon';
import { notifySystemd, watchdogIntervalMs } from '@kubefigurator/daemon';

/** A pass that takes longer than this is stuck: no step of an apply waits that long. */
const STUCK_AFTER_MS = 300_000;

/** Feeds systemd's watchdog as long as the loop is alive; returns the way to stop. */
export function startWatchdog(io: Io, loop: Pick<ReconcileLoop<string>, 'status'>): () => void {
  const intervalMs = watchdogIntervalMs(io);
  if (intervalMs === undefined) return () => undefined;
  const timer = setInterval(() => {
    if (isAlive(loop)) void notifySystemd(io, 'WATCHDOG=1');
  }, intervalMs);
  return () => clearInterval(timer);
}

/** True unless the pass under way has been running for too long. */
export function isAlive(loop: Pick<ReconcileLoop<string>, 'status'>): boolean {
  const { runningSince } = loop.status();
  return runningSince === undefined || performance.now() - runningSince < STUCK_AFTER_MS;
}
