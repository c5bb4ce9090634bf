import type { PendingText } from '@kubefigurator/config-model';
import type { Logger } from '@kubefigurator/daemon';

/**
 * Whether a revision that was seen waits too long for its outcome, for example because `haproxy -c` is slow. Without
 * this, the host would be "in sync" by the outcome of the revision before, for as long as the check lasts.
 */
export interface Lateness {
  /** Called with the revision of each reading of etcd; undefined if the key is missing. */
  readonly seen: (revision: string | undefined) => void;
  /** Called at the end of each pass that has an outcome for this revision, whatever the outcome is. */
  readonly settled: (revision: string | undefined) => void;
  /** Runs the check of a text; while it runs, `late` names this revision. */
  readonly checking: <T>(revision: string | undefined, run: () => Promise<T>) => Promise<T>;
  /** What waits for too long; undefined if nothing does. */
  readonly late: () => PendingText | undefined;
}

export interface LatenessOptions {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called when the answer of `late` may have changed. */
  readonly onChange: () => void;
}

/** Longer than a check and a reload take even with thousands of Services: a routine change is never late. */
const LATE_AFTER_MS = 5_000;

interface Waiting {
  readonly revision: string | undefined;
  /** When it was seen: ISO 8601, and in milliseconds on the monotonic clock. */
  readonly seenAt: string;
  readonly seenAtMs: number;
}

/** Keeps the time at which each revision without an outcome was seen. */
export function createLateness({ log, signal, onChange }: LatenessOptions): Lateness {
  /** The oldest first. An outcome for a revision also settles all revisions that were seen before it. */
  let waiting: readonly Waiting[] = [];
  let lastSeen: { readonly revision: string | undefined } | undefined;
  let check: { readonly revision: string | undefined; readonly beganAt: string } | undefined;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });

  function isLate(): boolean {
    const [oldest] = waiting;
    return oldest !== undefined && performance.now() - oldest.seenAtMs >= LATE_AFTER_MS;
  }

  /** Calls `onChange` at the moment at which the oldest revision becomes late. */
  function armTimer(): void {
    clearTimeout(timer);
    const [oldest] = waiting;
    if (oldest === undefined || signal.aborted) return;
    const waitMs = oldest.seenAtMs + LATE_AFTER_MS - performance.now();
    if (waitMs > 0) timer = setTimeout(onChange, Math.ceil(waitMs)).unref();
  }

  function seen(revision: string | undefined): void {
    // After a lost connection the same revision is read again.
    if (lastSeen !== undefined && lastSeen.revision === revision) return;
    lastSeen = { revision };
    waiting = [...waiting, { revision, seenAt: new Date().toISOString(), seenAtMs: performance.now() }];
    if (waiting.length === 1) armTimer();
  }

  function settled(revision: string | undefined): void {
    const index = waiting.findLastIndex((each) => each.revision === revision);
    if (index < 0) return;
    const wasLate = isLate();
    waiting = waiting.slice(index + 1);
    armTimer();
    if (wasLate) onChange();
  }

  async function checking<T>(revision: string | undefined, run: () => Promise<T>): Promise<T> {
    const beganAt = new Date().toISOString();
    check = { revision, beganAt };
    const slowTimer = setTimeout(
      () => log.info({ revision, since: beganAt }, 'check.slow'),
      LATE_AFTER_MS,
    ).unref();
    if (isLate()) onChange();
    try {
      return await run();
    } finally {
      clearTimeout(slowTimer);
      check = undefined;
      if (isLate()) onChange();
    }
  }

  function late(): PendingText | undefined {
    const [oldest] = waiting;
    if (oldest === undefined || !isLate()) return undefined;
    // The revision under check may be newer than the one that has waited longest.
    const { revision } = check ?? oldest;
    return {
      ...(revision !== undefined && { revision }),
      since: oldest.seenAt,
      ...(check !== undefined && { checkedSince: check.beganAt }),
    };
  }

  return { seen, settled, checking, late };
}
