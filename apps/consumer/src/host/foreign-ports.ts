/** For this time a port that has become free is left to its program, which may only be restarting. */
const KEPT_MS = 3_600_000;
/** A port that was held for less counts for nothing: an old worker of HAProxy may hold one for a moment. */
const LEAST_HELD_MS = 1_000;

/**
 * Remembers which ports another program was seen to hold, so that HAProxy doesn't take one while that program
 * restarts and keep it from starting. Nothing of this outlives the agent. A `point` is a bind as text, such as
 * `*:80`.
 */
export interface ForeignPorts {
  /** Another program holds the port now. `now` is on the monotonic clock, in milliseconds. */
  readonly see: (point: string, now: number) => void;
  /**
   * For how many milliseconds a port is left to the program that held it, also if it is free now; undefined: not at
   * all.
   */
  readonly keptFor: (point: string, now: number) => number | undefined;
  /** The port is free, and is left to no program: whichever held it did so too briefly, or too long ago. */
  readonly foundFree: (point: string) => void;
  /** Forgets all ports, since a person wants HAProxy to have every free one. */
  readonly forget: () => void;
}

interface Seen {
  readonly first: number;
  readonly last: number;
}

export function createForeignPorts(): ForeignPorts {
  const seen = new Map<string, Seen>();
  const isKept = ({ first, last }: Seen, now: number): boolean =>
    last - first >= LEAST_HELD_MS && now < last + KEPT_MS;
  return {
    see(point, now) {
      const before = seen.get(point);
      seen.set(point, { first: before?.first ?? now, last: now });
    },
    keptFor(point, now) {
      const found = seen.get(point);
      return found !== undefined && isKept(found, now) ? found.last + KEPT_MS - now : undefined;
    },
    foundFree: (point) => void seen.delete(point),
    forget: () => seen.clear(),
  };
}
