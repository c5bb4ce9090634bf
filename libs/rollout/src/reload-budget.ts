/**
 * A token bucket for reloads: each one leaves an old worker behind for a while. Times are of the monotonic clock, in
 * milliseconds.
 */
export interface ReloadBudget {
  /** Reloads that may begin now, at most the burst; a fraction is the part of the next one that is earned already. */
  readonly tokens: number;
  /** When the tokens were counted. */
  readonly countedAt: number;
  /** When the last reload began. */
  readonly spentAt: number;
  /** Failed reloads in a row. */
  readonly failures: number;
  /** What HAProxy said of the last reload, if that failed. */
  readonly failure: string | undefined;
  /** The text whose reload failed last. */
  readonly failedText: string | undefined;
}

export interface ReloadLimits {
  /** Reloads that may follow each other at once. */
  readonly burst: number;
  /** After the burst, one reload in this time, in milliseconds. */
  readonly intervalMs: number;
}

/** For a single pass that a person asked for. */
export const UNLIMITED: ReloadLimits = { burst: Number.POSITIVE_INFINITY, intervalMs: 0 };

/** From this number of old workers on, each one doubles the time between two reloads. */
const CROWD = 8;
/** The most that old workers, or failed reloads of other texts, make the next reload wait. */
const LONGEST_INTERVAL_MS = 60_000;
/** How long the next reload waits after one that failed, doubled after each further one: it may pause every listener for two seconds. */
const AFTER_FAILURE_MS = 15_000;
/** The text whose reload failed is tried less often than a newer one, which may have corrected the cause. */
const LONGEST_WAIT_FOR_SAME_TEXT_MS = 300_000;

/** A full budget. */
export function fullReloadBudget({ burst }: ReloadLimits, now: number): ReloadBudget {
  return {
    tokens: burst,
    countedAt: now,
    spentAt: Number.NEGATIVE_INFINITY,
    failures: 0,
    failure: undefined,
    failedText: undefined,
  };
}

/** What the wait of a reload depends on, besides the budget. */
export interface ReloadRequest {
  /** The text of the release, not of etcd. */
  readonly text: string;
  /** Workers of earlier configs that still finish their connections. */
  readonly oldWorkers: number;
}

/** How long a reload has to wait, in milliseconds; 0 if it may begin now. */
export function reloadWaitMs(
  budget: ReloadBudget,
  limits: ReloadLimits,
  { text, oldWorkers }: ReloadRequest,
  now: number,
): number {
  const tokens = tokensAt(budget, limits, now);
  const forToken = tokens >= 1 ? 0 : (1 - tokens) * limits.intervalMs;
  const sinceLast = Math.max(crowdingMs(oldWorkers, limits), afterFailureMs(budget, text));
  return Math.ceil(Math.max(forToken, budget.spentAt + sinceLast - now, 0));
}

/** The budget after a reload that began at `beganAt`; `failure` is HAProxy's message if it failed. */
export function spendReload(
  budget: ReloadBudget,
  limits: ReloadLimits,
  reload: { readonly text: string; readonly beganAt: number; readonly failure: string | undefined },
): ReloadBudget {
  const { text, beganAt, failure } = reload;
  return {
    tokens: Math.max(0, tokensAt(budget, limits, beganAt) - 1),
    countedAt: beganAt,
    spentAt: beganAt,
    failures: failure === undefined ? 0 : budget.failures + 1,
    failure,
    failedText: failure === undefined ? undefined : text,
  };
}

/** The budget after a person asked for a pass: they may have corrected what made the last reload fail. */
export function forgetReloadFailure(budget: ReloadBudget): ReloadBudget {
  return budget.failures === 0
    ? budget
    : { ...budget, failures: 0, failure: undefined, failedText: undefined };
}

function tokensAt(
  { tokens, countedAt }: ReloadBudget,
  { burst, intervalMs }: ReloadLimits,
  now: number,
): number {
  if (intervalMs === 0) return burst;
  return Math.min(burst, tokens + (now - countedAt) / intervalMs);
}

function crowdingMs(oldWorkers: number, { intervalMs }: ReloadLimits): number {
  if (oldWorkers < CROWD) return 0;
  return Math.min(LONGEST_INTERVAL_MS, intervalMs * 2 ** (oldWorkers - CROWD + 1));
}

function afterFailureMs({ failures, failedText }: ReloadBudget, text: string): number {
  if (failures === 0) return 0;
  const longest = text === failedText ? LONGEST_WAIT_FOR_SAME_TEXT_MS : LONGEST_INTERVAL_MS;
  return Math.min(longest, AFTER_FAILURE_MS * 2 ** (failures - 1));
}
