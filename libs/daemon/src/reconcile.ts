import { createBackoff, type BackoffLimits } from './backoff.ts';
import { OperatorError } from './errors.ts';
import type { Logger } from './logger.ts';

export interface ReconcileOptions {
  /** One whole pass over the newest state; throwing means it is tried again. Gets the distinct reasons that led to it. */
  readonly pass: (reason: string) => Promise<void>;
  /** Changes that follow another within this time are gathered, in milliseconds. */
  readonly quietMs: number;
  /** The longest a change waits for followers, in milliseconds. */
  readonly maxWaitMs: number;
  readonly retry: BackoffLimits;
  /** No pass begins after it is aborted. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** What the loop is doing, for health checks; times are of the monotonic clock, in milliseconds. */
export interface ReconcileStatus {
  readonly passes: number;
  /** Failed passes in a row. */
  readonly failures: number;
  /** Since when the present pass runs. */
  readonly runningSince: number | undefined;
}

export interface ReconcileLoop {
  /** Says that something changed; never waits. */
  trigger(reason: string): void;
  status(): ReconcileStatus;
  /** Settles after the signal was aborted and the pass under way has ended. */
  readonly done: Promise<void>;
}

interface Pending {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly reasons: ReadonlySet<string>;
}

/**
 * The one loop of a program: the first change runs at once, followers are gathered, one pass at a time,
 * a failed pass is retried with growing, jittered waits, sooner when something new happened.
 */
export function createReconcileLoop(options: ReconcileOptions): ReconcileLoop {
  const { quietMs, maxWaitMs, signal, log } = options;
  const backoff = createBackoff(options.retry);
  let pending: Pending | undefined;
  let lastTrigger = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let runningSince: number | undefined;
  let retryAt: { readonly earliest: number; readonly latest: number } | undefined;
  let passes = 0;
  let failures = 0;
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));

  function trigger(reason: string): void {
    if (signal.aborted) return;
    const now = performance.now();
    const alone = pending === undefined && now - lastTrigger > quietMs;
    lastTrigger = now;
    // A change after silence is due at once: as if its quiet time had already passed.
    const lastAt = alone ? now - quietMs : now;
    const reasons = new Set([...(pending?.reasons ?? []), reason]);
    pending = { firstAt: pending?.firstAt ?? now, lastAt, reasons };
    schedule();
  }

  function dueAt(): number | undefined {
    if (pending === undefined) return retryAt?.latest;
    const gathered = Math.min(pending.lastAt + quietMs, pending.firstAt + maxWaitMs);
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
    const reason = pending === undefined ? 'retry' : [...pending.reasons].join(', ');
    pending = undefined;
    retryAt = undefined;
    runningSince = performance.now();
    try {
      await options.pass(reason);
      failures = 0;
      backoff.reset();
    } catch (err) {
      failed(err);
    }
    passes += 1;
    runningSince = undefined;
    if (signal.aborted) finish();
    else schedule();
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
