/** Bounds of the wait between two attempts, in milliseconds. */
export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Waits that double with each failure, multiplied by a random factor from 0.5 to 1, until `reset`. */
export interface Backoff {
  /** The wait before the next attempt, in milliseconds. */
  next(): number;
  /** Starts again with the shortest wait; to be called after a success. */
  reset(): void;
}

export function createBackoff(limits: BackoffLimits, random: () => number = Math.random): Backoff {
  let failures = 0;
  return {
    next() {
      // The cap on the exponent keeps the product finite; 2 ** 30 times any wait is above `maxMs`.
      const full = Math.min(limits.maxMs, limits.minMs * 2 ** Math.min(failures, 30));
      failures += 1;
      return Math.round(full * (0.5 + random() / 2));
    },
    reset() {
      failures = 0;
    },
  };
}

/** Resolves after a time, or earlier if the signal is aborted; never rejects. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
