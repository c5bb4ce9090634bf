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
   * For how many milliseconds a port is left to the program that held it, also if it is free now; undefined: not at all.
   */
  readonly keptFor: (point: string, now: number) => number | undefined;
  /** It is free, and isn't left to anybody: who held it did so too briefly, or too long ago. */
  readonly foundFree: (point: string) => void;
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
      return found !== undefined && isKept(found, now) ? found.last + KEPT_MS - now : undefined;
    },
    foundFree: (point) => void seen.delete(point),
    forget: () => seen.clear(),
  };
}
