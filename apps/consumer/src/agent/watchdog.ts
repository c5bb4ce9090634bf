import type { Io } from '@kubefigurator/daemon';
import { notifySystemd, watchdogIntervalMs } from '@kubefigurator/daemon';

/** A step of a pass that takes longer than this hangs: the time limit of each step is shorter. */
const STUCK_AFTER_MS = 300_000;

/** When the current step of a pass began, on the monotonic clock; undefined if no pass runs. */
export type StepClock = () => number | undefined;

/** Sends `WATCHDOG=1` to systemd at intervals unless a pass hangs; returns a function that stops this. */
export function startWatchdog(io: Io, stepSince: StepClock): () => void {
  const intervalMs = watchdogIntervalMs(io);
  if (intervalMs === undefined) return () => undefined;
  const timer = setInterval(() => {
    if (isPassAlive(stepSince)) void notifySystemd(io, 'WATCHDOG=1');
  }, intervalMs);
  return () => clearInterval(timer);
}

/** True unless the current pass hangs. */
export function isPassAlive(stepSince: StepClock): boolean {
  const since = stepSince();
  return since === undefined || performance.now() - since < STUCK_AFTER_MS;
}
