import type { Outcome } from '@kubefigurator/config-model';
import { isRefusalOfPass } from './refusal.ts';
import type { Memory } from './memory.ts';
import type { Moment } from './moment.ts';
import type { Trigger } from './triggers.ts';

/** How often a host is observed without a trigger: somebody may restart HAProxy or edit the file. */
const LOOK_MS = 10_000;
/** The time until the next observation while the host may still change (`isSettling` in `nextLookAt`). */
const SETTLING_LOOK_MS = 1_000;
/** How often the host is observed while HAProxy doesn't run, or runs without our file. */
const UNREAD_LOOK_MS = 1_000;
/** How often the files and ports are checked that may be the cause of a refusal. */
const CAUSES_LOOK_MS = 2_000;
/** An overdue pass waits this long, so that it doesn't starve other work of the event loop. */
const SHORTEST_WAIT_MS = 10;

/** When the next pass begins without news from outside. */
export interface Wake {
  /** On the monotonic clock, in milliseconds. */
  readonly at: number;
  readonly trigger: Extract<Trigger, 'due' | 'look'>;
}

/** When the next pass begins. No other code decides this. */
export function nextWake(memory: Memory, now: number): Wake {
  // Infinite if nothing is due.
  const due = Math.min(...dueTimes(memory));
  const wake: Wake =
    due <= memory.lookAt ? { at: due, trigger: 'due' } : { at: memory.lookAt, trigger: 'look' };
  return { ...wake, at: Math.max(wake.at, now + SHORTEST_WAIT_MS) };
}

/** The times at which something is due. While a reload waits, nothing else is tried again. */
function dueTimes({ waiting, refusal, repairRefusal }: Memory): number[] {
  // After a pass that threw, only its own back-off counts: nothing else was tried.
  if (refusal !== undefined && isRefusalOfPass(refusal)) return [refusal.dueAt];
  if (waiting !== undefined) return [waiting.until];
  return [refusal, repairRefusal].flatMap((each) => each?.dueAt ?? []);
}

/** When the host is observed after this pass, on the monotonic clock in milliseconds. */
export function nextLookAt(
  { unread, refusal, repairRefusal, drift, certificates }: Memory,
  { now, triggers }: Moment,
  outcome?: Outcome,
): number {
  const isRoutine = [...triggers].every((trigger) => trigger === 'look' || trigger === 'due');
  const hasCauses = [refusal, repairRefusal].some((each) => each !== undefined && each.blame.length > 0);
  const refusedMs = hasCauses ? CAUSES_LOOK_MS : LOOK_MS;
  const waitMs = unread !== undefined ? UNREAD_LOOK_MS : refusedMs;
  // A finding of drift has to be seen to end, since the next one of its kind is then reported anew. A server that an
  // operator holds may stay so for days.
  const isSettling =
    !isRoutine ||
    isRewritten(outcome) ||
    certificates.isSettling ||
    drift.present.some(({ kind }) => !kind.startsWith('server-'));
  return now + (isSettling ? Math.min(waitMs, SETTLING_LOOK_MS) : waitMs);
}

/** True if a file was written that HAProxy wasn't asked to read: the next look sees whether HAProxy can start with it. */
function isRewritten(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'applied' && outcome.method === 'none';
}
