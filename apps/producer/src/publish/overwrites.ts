import { delay, type Logger } from '@kubefigurator/daemon';
import type { Reading } from '@kubefigurator/etcd-store';
import { describeReading } from './key-state.ts';

/**
 * From the sixth overwrite in a minute on, each one waits, twice as long as the one before: two writers that undo
 * each other's texts make every host reload each time.
 */
const FREE_OVERWRITES = 5;
const WINDOW_MS = 60_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/**
 * Adds an overwrite at `now` to the times of the earlier ones (both in milliseconds), and returns how long it has to
 * wait.
 */
export function recordOverwrite(
  earlier: readonly number[],
  now: number,
): { readonly times: readonly number[]; readonly waitMs: number } {
  const times = [...earlier.filter((at) => now - at < WINDOW_MS), now];
  const excess = times.length - FREE_OVERWRITES;
  const waitMs = excess <= 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (excess - 1));
  return { times, waitMs };
}

/** Logs texts of other writers that are overwritten. */
export interface OverwriteLog {
  /**
   * To be called before a foreign text is overwritten: logs it once, however often the write is tried, and waits first if that
   * has happened often within a minute.
   */
  readonly found: (foreign: Reading) => Promise<void>;
  /** To be called once the key holds the right text again; the revision is undefined if another writer has put it. */
  readonly replaced: (revision: string | undefined) => void;
  readonly restart: () => void;
}

export interface OverwriteLogOptions {
  readonly key: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export function createOverwriteLog({ key, log, signal }: OverwriteLogOptions): OverwriteLog {
  let times: readonly number[] = [];
  /** What was found last and isn't replaced yet: while publications are paused, each pass finds it again. */
  let last: string | undefined;
  return {
    found: async (foreign) => {
      const holds = describeReading(foreign);
      if (holds === last) return;
      last = holds;
      const recorded = recordOverwrite(times, performance.now());
      times = recorded.times;
      const { waitMs } = recorded;
      log.warn({ key, holds, waitMs }, 'foreign-text.found');
      if (waitMs > 0) await delay(waitMs, signal);
    },
    replaced: (revision) => {
      last = undefined;
      log.warn({ key, ...(revision === undefined ? {} : { revision }) }, 'foreign-text.replaced');
    },
    restart: () => {
      [times, last] = [[], undefined];
    },
  };
}
