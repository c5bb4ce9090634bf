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
