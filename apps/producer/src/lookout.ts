/** How often we look whether the list has come, in milliseconds. */
const POLL_MS = 500;
/** How long until an overdue list is asked for again, in milliseconds. */
const ASK_AGAIN_MS = 30_000;

export interface LookoutOptions {
  readonly signal: AbortSignal;
  /** As in `ClusterSource`. */
  readonly listedAt: () => number | undefined;
  readonly refresh: () => void;
  /** Called once the time or the list has come. */
  readonly onTime: () => void;
}

/** What is waited for; times are those of `performance.now()`. */
export interface Expected {
  /** Undefined if no time is waited for. */
  readonly at: number | undefined;
  /** A list that begins at this time or later ends the wait, too; undefined if no list is waited for. */
  readonly listAfter: number | undefined;
}

/** Starts a pass at the time that a guard waits for, and has everything listed for it if a guard needs that. */
export interface Lookout {
  /** Replaces what was waited for. */
  readonly expect: (expected: Expected) => void;
}

export function createLookout({ signal, listedAt, refresh, onTime }: LookoutOptions): Lookout {
  let timer: NodeJS.Timeout | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;

  function arm(expected: Expected): void {
    clearTimeout(timer);
    const times = [expected.at, expected.listAfter].filter((at) => at !== undefined);
    if (times.length === 0 || signal.aborted) return;
    const waitMs = Math.max(0, Math.min(...times) - performance.now());
    timer = setTimeout(() => look(expected), waitMs);
    timer.unref();
  }

  function look(expected: Expected): void {
    const now = performance.now();
    const { at, listAfter } = expected;
    const hasList = listAfter !== undefined && (listedAt() ?? 0) >= listAfter;
    if (hasList || (at !== undefined && now >= at)) return onTime();
    if (now - askedAt > ASK_AGAIN_MS) {
      askedAt = now;
      refresh();
    }
    timer = setTimeout(() => look(expected), POLL_MS);
    timer.unref();
  }

  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return { expect: arm };
}
