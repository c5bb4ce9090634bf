/** How often HAProxy may be made to read its files again: each reload leaves an old worker behind for a while. */
export interface ReloadBudget {
  /** How long the next reload has to wait, in milliseconds; 0 for now. `oldWorkers` still finish their connections. */
  readonly waitMs: (oldWorkers: number) => number;
  /** A reload was begun. */
  readonly spend: () => void;
  /** How it ended; `failure` is what was said of it where it failed. */
  readonly ended: (failure: string | undefined) => void;
  /** Why the last reload failed; undefined where it didn't. */
  readonly failure: () => string | undefined;
}

export interface ReloadLimits {
  /** Reloads that may follow each other at once. */
  readonly burst: number;
  /** Afterwards one in this time, in milliseconds. */
  readonly intervalMs: number;
}

/** From so many old workers on, each further one doubles the time between two reloads. */
const CROWD = 8;
const LONGEST_INTERVAL_MS = 60_000;
/** A reload that fails may pause every listener for two seconds: the next one waits so long, and twice as long each time. */
const AFTER_FAILURE_MS = 15_000;

/** A token bucket; `now` is monotonic, in milliseconds. */
export function createReloadBudget(
  { burst, intervalMs }: ReloadLimits,
  now: () => number = () => performance.now(),
): ReloadBudget {
  let tokens = burst;
  let filledAt = now();
  let spentAt = Number.NEGATIVE_INFINITY;
  let failure: string | undefined;
  let failures = 0;

  function fill(): void {
    const at = now();
    const gained = intervalMs === 0 ? burst : (at - filledAt) / intervalMs;
    tokens = Math.min(burst, tokens + gained);
    filledAt = at;
  }

  return {
    waitMs: (oldWorkers) => {
      fill();
      const forToken = tokens >= 1 ? 0 : (1 - tokens) * intervalMs;
      const crowding =
        oldWorkers < CROWD ? 0 : Math.min(LONGEST_INTERVAL_MS, intervalMs * 2 ** (oldWorkers - CROWD + 1));
      const afterFailure =
        failures === 0 ? 0 : Math.min(LONGEST_INTERVAL_MS, AFTER_FAILURE_MS * 2 ** (failures - 1));
      return Math.ceil(Math.max(forToken, spentAt + Math.max(crowding, afterFailure) - now(), 0));
    },
    spend: () => {
      fill();
      tokens = Math.max(0, tokens - 1);
      spentAt = now();
    },
    ended: (words) => {
      failure = words;
      failures = words === undefined ? 0 : failures + 1;
    },
    failure: () => failure,
  };
}

/** For a single pass that a person asked for. */
export const UNLIMITED: ReloadBudget = {
  waitMs: () => 0,
  spend: () => undefined,
  ended: () => undefined,
  failure: () => undefined,
};
