/** How long after the first line that something is held the next one follows, in milliseconds; then twice as long each time. */
const FIRST_MS = 60_000;
const LONGEST_MS = 3_600_000;

/** When something that lasts is logged: at once if it has changed, then at growing intervals. */
export interface Reminders {
  /** True if it is due; `what` is what is held, and undefined if nothing is. */
  readonly isDue: (what: string | undefined, now: number) => boolean;
  /** When it is due next; undefined if nothing is held. */
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
