/** A program that restarts finds its port free again; after this time it is taken to have left it for good. */
const KEPT_MS = 3_600_000;
/** An old worker of HAProxy may hold a port for a moment: another program holds it for longer. */
const LEAST_MS = 1_000;

/**
 * Remembers which ports another program was seen to hold, so that HAProxy doesn't take one while that program restarts
 * and keep it from starting. It forgets with the agent.
 */
export interface ForeignPorts {
  /** Another program holds it now. `now` is on the monotonic clock, in milliseconds. */
  readonly see: (point: string, now: number) => void;
  /**
   * For how many milliseconds a port that is free now is still left to the program that held it; undefined: not at all.
   * It is asked whenever the port is found free, and forgets one that was held too briefly or too long ago.
   */
  readonly keptFor: (point: string, now: number) => number | undefined;
  /** A person says that HAProxy may have every port that is free. */
  readonly forget: () => void;
}

interface Seen {
  readonly first: number;
  readonly last: number;
}

export function createForeignPorts(): ForeignPorts {
  const seen = new Map<string, Seen>();
  const isKept = ({ first, last }: Seen, now: number): boolean =>
    last - first >= LEAST_MS && now < last + KEPT_MS;
  return {
    see(point, now) {
      const before = seen.get(point);
      seen.set(point, { first: before?.first ?? now, last: now });
    },
    keptFor(point, now) {
      const found = seen.get(point);
      if (found === undefined) return undefined;
      if (isKept(found, now)) return found.last + KEPT_MS - now;
      seen.delete(point);
      return undefined;
    },
    forget: () => seen.clear(),
  };
}
