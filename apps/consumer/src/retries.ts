import type { Blame } from '@kubefigurator/config-model';
import type { Backoff, BackoffLimits } from '@kubefigurator/daemon';
import { createBackoff } from '@kubefigurator/daemon';

/** Something that was refused, and may be accepted later without any word from etcd. */
export interface Refusal {
  readonly blame: readonly Blame[];
  readonly limits: BackoffLimits;
  /** The same for the same trouble. */
  readonly subject: string;
}

/** When a refusal is tried again: as soon as something of what it may be due to changes, and in growing intervals. */
export interface Retries {
  /** Begins, or goes on where it is the refusal of before. */
  readonly wait: (refusal: Refusal) => void;
  /** Waits no more, but knows the refusal when it comes again. */
  readonly pause: () => void;
  /** There is nothing to try again. */
  readonly forget: () => void;
}

export interface RetriesOptions {
  readonly again: () => void;
  /** What the blame may be due to, as one text. */
  readonly causesOf: (blame: readonly Blame[]) => Promise<string>;
  /** How often the causes are looked at, in milliseconds. */
  readonly lookMs: number;
}

interface Waiting {
  readonly subject: string;
  readonly waits: Backoff;
  dueAt: number;
  causes: string | undefined;
}

export function createRetries({ again, causesOf, lookMs }: RetriesOptions): Retries {
  let waiting: Waiting | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Grows when a wait ends, so that a look begun in it says nothing any more. */
  let era = 0;

  function pause(): void {
    era += 1;
    clearTimeout(timer);
  }

  async function look(refusal: Refusal, known: Waiting): Promise<void> {
    const begun = era;
    // Where they can't be seen, the clock decides alone.
    const causes = await causesOf(refusal.blame).catch(() => known.causes);
    if (begun !== era) return;
    const changed = known.causes !== undefined && known.causes !== causes;
    known.causes = causes;
    const leftMs = known.dueAt - performance.now();
    if (changed || leftMs <= 0) return again();
    timer = setTimeout(() => void look(refusal, known), Math.min(lookMs, leftMs));
  }

  return {
    wait: (refusal) => {
      pause();
      const now = performance.now();
      if (waiting?.subject !== refusal.subject) {
        const waits = createBackoff(refusal.limits);
        waiting = { subject: refusal.subject, waits, dueAt: now + waits.next(), causes: undefined };
      } else if (now >= waiting.dueAt) waiting.dueAt = now + waiting.waits.next();
      void look(refusal, waiting);
    },
    pause,
    forget: () => {
      pause();
      waiting = undefined;
    },
  };
}
