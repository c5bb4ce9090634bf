import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Milliseconds until the wait fails, default 10,000. */
  readonly limitMs?: number;
  /** Milliseconds between two looks, default 20. */
  readonly everyMs?: number;
}

/** The last look of a wait: done with a value, or what is still missing, for the message of a wait that fails. */
export type Look<T> = { readonly done: T } | { readonly pending: string };

/** Looks until the condition holds and gives its value; throws with what was missing when the limit passes. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<Look<T>> | Look<T>,
  options: WaitOptions = {},
): Promise<T> {
  const { limitMs = 10_000, everyMs = 20 } = options;
  const end = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if ('done' in seen) return seen.done;
    if (performance.now() > end)
      throw new Error(`${what}: not within ${String(limitMs)} ms; last seen: ${seen.pending}`);
    await delay(everyMs);
  }
}

/** Turns a boolean condition into a look. */
export function when(holds: boolean, pending: string): Look<true> {
  return holds ? { done: true } : { pending };
}
