/**
 * How long after the first line the second one follows, in milliseconds; each later wait is twice as long, up to the
 * longest.
 */
const FIRST_MS = 60_000;
const LONGEST_MS = 3_600_000;

/** When something that lasts is logged: at once if it has changed, then at growing intervals. */
export interface Reminders {
  /**
   * True if a line has to be logged now, which also begins the wait for the next one. `what` is undefined if there is
   * nothing to log.
   */
  readonly isDue: (what: string | undefined, now: number) => boolean;
  /** When the next line is due, by the clock of `now`; undefined if there is nothing to log. */
  readonly next: () => number | undefined;
}

export function createReminders(): Reminders {
  let current: { readonly what: string; readonly at: number; readonly waitMs: number } | undefined;
  return {
    isDue: (what, now) => {
      if (what === undefined) {
        current = undefined;
        return false;
      }
      if (current?.what === what && now < current.at) return false;
      const waitMs = current?.what === what ? Math.min(LONGEST_MS, current.waitMs * 2) : FIRST_MS;
      current = { what, at: now + waitMs, waitMs };
      return true;
    },
    next: () => current?.at,
  };
}
