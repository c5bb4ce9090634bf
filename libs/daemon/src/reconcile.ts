import { createBackoff, type BackoffLimits } from './backoff.ts';
import { OperatorError } from './errors.ts';
import type { Logger } from './logger.ts';

/** `Trigger` is the union of the names of what can start a pass of this program. */
export interface ReconcileOptions<Trigger extends string> {
  /**
   * One whole pass over the newest state; if it throws, it is tried again.
   * The set holds what was triggered since the last pass that succeeded: the retry of a failed pass gets the set
   * of that pass, plus what was triggered since, so that a pass may get the same trigger more than once.
   */
  readonly pass: (triggers: ReadonlySet<Trigger>) => Promise<void>;
  /** Triggers that follow another within this time are gathered into one pass, in milliseconds. */
  readonly quietMs: number;
  /** The longest time that a trigger waits for others, in milliseconds. */
  readonly maxWaitMs: number;
  /**
   * After a pass the loop rests for this part of its duration, at most for `maxWaitMs`: a pass that computes for
   * seconds keeps the program from reading its sockets, and what waits there belongs into one next pass, not into one
   * for each chunk. By default 0. A rest shorter than `quietMs` is none.
   */
  readonly restShare?: number;
  readonly retry: BackoffLimits;
  /** No pass begins after it is aborted. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** What the loop is doing, for health checks. */
export interface ReconcileStatus {
  /** Passes that have ended, failed ones included. */
  readonly passes: number;
  /** Failed passes in a row. */
  readonly failures: number;
  /** When the present pass began, in milliseconds of the monotonic clock; undefined if none is running. */
  readonly runningSince: number | undefined;
}

export interface ReconcileLoop<Trigger extends string> {
  /** Asks for a pass; returns without waiting for it. */
  trigger(trigger: Trigger): void;
  status(): ReconcileStatus;
  /** Settles after the signal was aborted and the running pass has ended. */
  readonly done: Promise<void>;
}

interface Pending<Trigger extends string> {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly triggers: ReadonlySet<Trigger>;
}

/**
 * The one loop of a program: a trigger after a quiet time starts a pass at once, later ones are gathered, and passes
 * never overlap. A failed pass is retried with growing, jittered waits, and sooner if there is a new trigger.
 */
export function createReconcileLoop<Trigger extends string>(
  options: ReconcileOptions<Trigger>,
): ReconcileLoop<Trigger> {
  const { quietMs, maxWaitMs, restShare = 0, signal, log } = options;
  const backoff = createBackoff(options.retry);
  let pending: Pending<Trigger> | undefined;
  /** The triggers of a pass that failed, for its retry. */
  let unserved: ReadonlySet<Trigger> = new Set();
  let lastTrigger = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let runningSince: number | undefined;
  /** No pass begins before, in milliseconds of the monotonic clock. */
  let restsUntil = Number.NEGATIVE_INFINITY;
  /** When a failed pass is retried: at `latest`, or from `earliest` on if there is a new trigger. */
  let retryAt: { readonly earliest: number; readonly latest: number } | undefined;
  let passes = 0;
  let failures = 0;
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));

  function trigger(cause: Trigger): void {
    if (signal.aborted) return;
    const now = performance.now();
    const alone = pending === undefined && now - lastTrigger > quietMs;
    lastTrigger = now;
    // A lone trigger is due at once: it is dated back by the quiet time that it would otherwise have to wait.
    const lastAt = alone ? now - quietMs : now;
    const triggers = new Set([...(pending?.triggers ?? []), cause]);
    pending = { firstAt: pending?.firstAt ?? now, lastAt, triggers };
    schedule();
  }

  /** When the next pass is due, in milliseconds of the monotonic clock; undefined if nothing asks for one. */
  function dueAt(): number | undefined {
    if (pending === undefined) return retryAt?.latest;
    const gathered = Math.max(restsUntil, Math.min(pending.lastAt + quietMs, pending.firstAt + maxWaitMs));
    return retryAt === undefined ? gathered : Math.min(retryAt.latest, Math.max(gathered, retryAt.earliest));
  }

  function schedule(): void {
    clearTimeout(timer);
    const due = dueAt();
    if (runningSince !== undefined || due === undefined || signal.aborted) return;
    const wait = due - performance.now();
    if (wait <= 0) void run();
    else timer = setTimeout(() => void run(), Math.ceil(wait));
  }

  async function run(): Promise<void> {
    const triggers = new Set([...unserved, ...(pending?.triggers ?? [])]);
    pending = undefined;
    retryAt = undefined;
    runningSince = performance.now();
    try {
      await options.pass(triggers);
      unserved = new Set();
      if (failures > 0) log.warn({ failures }, 'pass.recovered');
      failures = 0;
      backoff.reset();
    } catch (err) {
      unserved = triggers;
      failed(err);
    }
    passes += 1;
    rest(performance.now() - runningSince);
    runningSince = undefined;
    if (signal.aborted) finish();
    else schedule();
  }

  function rest(tookMs: number): void {
    const restMs = Math.min(tookMs * restShare, maxWaitMs);
    if (restMs > quietMs) restsUntil = performance.now() + restMs;
  }

  function failed(err: unknown): void {
    if (signal.aborted) return;
    failures += 1;
    const waitMs = backoff.next();
    const now = performance.now();
    retryAt = { earliest: now + Math.min(options.retry.minMs, waitMs), latest: now + waitMs };
    const hint = err instanceof OperatorError ? err.hint : undefined;
    log.warn({ err, failures, retryInMs: waitMs, ...(hint === undefined ? {} : { hint }) }, 'pass.failed');
  }

  function stop(): void {
    clearTimeout(timer);
    if (runningSince === undefined) finish();
  }

  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return { trigger, done, status: () => ({ passes, failures, runningSince }) };
}
