import type { PendingText } from '@kubefigurator/config-model';
import type { Logger } from '@kubefigurator/daemon';

/**
 * Whether a revision that was seen waits for its outcome for too long, for example since `haproxy -c` is slow. Without it
 * the host would be "in sync" by the outcome of the revision before, for as long as the check lasts.
 */
export interface Lateness {
  /** Called with the revision of each reading of etcd; undefined if the key is missing. */
  readonly seen: (revision: string | undefined) => void;
  /** Called at the end of each pass that has an outcome for this revision, whatever the outcome is. */
  readonly settled: (revision: string | undefined) => void;
  /** Runs one check of a text. */
  readonly checking: <T>(revision: string | undefined, check: () => Promise<T>) => Promise<T>;
  /** What waits for too long; undefined if nothing does. */
  readonly late: () => PendingText | undefined;
}

export interface LatenessOptions {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called when the answer of `late` may have changed. */
  readonly onChange: () => void;
}

/** A check with a reload takes less than this, also with thousands of Services, so that routine changes nothing. */
const LATE_AFTER_MS = 5_000;

interface Waiting {
  readonly revision: string | undefined;
  readonly at: string;
  readonly since: number;
}

/** Keeps the time at which each revision without an outcome was seen. */
export function createLateness({ log, signal, onChange }: LatenessOptions): Lateness {
  /** The oldest one is the first. An outcome of a revision settles all that were seen before it. */
  let waiting: readonly Waiting[] = [];
  let last: { readonly revision: string | undefined } | undefined;
  let check: Pick<Waiting, 'revision' | 'at'> | undefined;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });

  function isLate(): boolean {
    const [oldest] = waiting;
    return oldest !== undefined && performance.now() - oldest.since >= LATE_AFTER_MS;
  }

  function arm(): void {
    clearTimeout(timer);
    const [oldest] = waiting;
    if (oldest === undefined || signal.aborted) return;
    const waitMs = oldest.since + LATE_AFTER_MS - performance.now();
    if (waitMs > 0) timer = setTimeout(onChange, Math.ceil(waitMs)).unref();
  }

  function seen(revision: string | undefined): void {
    // After a lost connection the same revision is read again.
    if (last !== undefined && last.revision === revision) return;
    last = { revision };
    waiting = [...waiting, { revision, at: new Date().toISOString(), since: performance.now() }];
    if (waiting.length === 1) arm();
  }

  function settled(revision: string | undefined): void {
    const index = waiting.findLastIndex((each) => each.revision === revision);
    if (index < 0) return;
    const wasLate = isLate();
    waiting = waiting.slice(index + 1);
    arm();
    if (wasLate) onChange();
  }

  async function checking<T>(revision: string | undefined, run: () => Promise<T>): Promise<T> {
    const at = new Date().toISOString();
    check = { revision, at };
    const slow = setTimeout(() => log.info({ revision, since: at }, 'check.slow'), LATE_AFTER_MS).unref();
    if (isLate()) onChange();
    try {
      return await run();
    } finally {
      clearTimeout(slow);
      check = undefined;
      if (isLate()) onChange();
    }
  }

  function late(): PendingText | undefined {
    const [oldest] = waiting;
    if (oldest === undefined || !isLate()) return undefined;
    const { revision } = check ?? oldest;
    return {
      ...(revision !== undefined && { revision }),
      since: oldest.at,
      ...(check !== undefined && { checkedSince: check.at }),
    };
  }

  return { seen, settled, checking, late };
}
