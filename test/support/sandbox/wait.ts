import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Milliseconds until the wait fails, default 10,000. */
  readonly limitMs?: number;
  /** Milliseconds between two checks, default 20. */
  readonly everyMs?: number;
}

/** The result of a check: the value if it is done, or what was seen instead, for the message if the wait fails. */
export type WaitResult<T> = { readonly done: T } | { readonly pending: string };

/**
 * Repeats the check until it is done and returns its value; after the limit throws with what was seen last. Rejects
 * if the check does.
 */
export async function waitFor<T>(
  what: string,
  check: () => Promise<WaitResult<T>> | WaitResult<T>,
  options: WaitOptions = {},
): Promise<T> {
  const { limitMs = 10_000, everyMs = 20 } = options;
  const end = performance.now() + limitMs;
  for (;;) {
    const seen = await check();
    if ('done' in seen) return seen.done;
    if (performance.now() > end)
      throw new Error(`${what}: not within ${String(limitMs)} ms; last seen: ${seen.pending}`);
    await delay(everyMs);
  }
}

/** The result of a check for a condition: done if it holds, else `pending`. */
export function when(holds: boolean, pending: string): WaitResult<true> {
  return holds ? { done: true } : { pending };
}
