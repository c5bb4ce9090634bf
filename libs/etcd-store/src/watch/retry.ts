import { createBackoff } from '@kubefigurator/daemon';

/** In an outage younger than this, in milliseconds, tries are frequent, since a restart of etcd takes seconds. */
const YOUNG_OUTAGE_MS = 30_000;
const YOUNG_RETRY = { minMs: 100, maxMs: 1_000 };
const OLD_RETRY = { minMs: 2_000, maxMs: 5_000 };

/** Waits between tries, in milliseconds: short ones while an outage is young, longer ones later, jittered so that hosts don't return all at once. */
export function createRetry(): { next(): number; reset(): void } {
  const [young, old] = [createBackoff(YOUNG_RETRY), createBackoff(OLD_RETRY)];
  let since: number | undefined;
  return {
    next() {
      since ??= performance.now();
      return performance.now() - since < YOUNG_OUTAGE_MS ? young.next() : old.next();
    },
    reset() {
      since = undefined;
      young.reset();
      old.reset();
    },
  };
}

/**
 * Does the work again and again, after waits that differ by up to a tenth from `everyMs`; returns the function that ends
 * it. The work must not reject.
 */
export function repeatJittered(everyMs: number, work: () => Promise<void>): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout;
  const plan = (): void => {
    const waitMs = everyMs * (0.9 + Math.random() / 5);
    timer = setTimeout(() => void work().then(() => (stopped ? undefined : plan())), waitMs);
    timer.unref();
  };
  plan();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
