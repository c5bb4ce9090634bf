import type { Outcome, OutcomeKind } from '@kubefigurator/config-model';
import type { Backoff, BackoffLimits } from '@kubefigurator/daemon';
import { createBackoff } from '@kubefigurator/daemon';
import { fingerprint } from './host/fingerprint.ts';
import type { Host } from './host/host.ts';
import { observeHaproxy } from './host/running.ts';
import { leftOutOf } from './report.ts';

/** How soon a text that could not be applied is tried again: its cause may go away without any word from etcd. */
const RETRY: Partial<Record<OutcomeKind, BackoffLimits>> = {
  // A check costs little and hurts nobody: a certificate may appear, a port become free.
  rejected: { minMs: 5_000, maxMs: 300_000 },
  // A reload that fails may pause every listener, so it isn't tried often.
  failed: { minMs: 15_000, maxMs: 300_000 },
};
/** What was left out is tried again: the file may appear, the port become free. */
const RETRY_LEFT_OUT: BackoffLimits = { minMs: 2_000, maxMs: 300_000 };
/** How often a HAProxy that doesn't run, or runs without our file, is looked for. */
const LOOK_FOR_MS = 1_000;
/** How often a host in step is looked at: HAProxy may be restarted, or the file edited, by hand. */
const LOOK_AT_MS = 10_000;

export interface AfterwardsOptions {
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly again: (reason: string) => void;
}

/** What happens after a pass when etcd has no news. */
export interface Afterwards {
  /** `isNewest` is false where a newer reading waits already. */
  readonly schedule: (outcome: Outcome, isNewest: boolean) => void;
}

/** Decides, after each pass, whether and when there will be another one without news from etcd. */
export function createAfterwards({ host, signal, again }: AfterwardsOptions): Afterwards {
  let timer: NodeJS.Timeout | undefined;
  let retry: { readonly limits: BackoffLimits; readonly waits: Backoff } | undefined;
  /** Grows with each pass, so that a look begun before it doesn't go on after it. */
  let era = 0;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });

  function later(waitMs: number, call: () => void): void {
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(call, waitMs);
  }

  async function lookForHaproxy(begun: number): Promise<void> {
    const state = await observeHaproxy(host.sockets, host.live.path);
    if (begun !== era) return;
    if (state.kind === 'up' && state.loadsOurFile) again('HAProxy appeared');
    else later(LOOK_FOR_MS, () => void lookForHaproxy(begun));
  }

  async function lookAtHost(begun: number, before?: string): Promise<void> {
    const now = await fingerprint(host);
    if (begun !== era) return;
    if (before !== undefined && before !== now) again('the host changed');
    else later(LOOK_AT_MS, () => void lookAtHost(begun, now));
  }

  function tryAgain(limits: BackoffLimits, isNewest: boolean): void {
    if (retry?.limits !== limits || !isNewest) retry = { limits, waits: createBackoff(limits) };
    later(retry.waits.next(), () => again('retry'));
  }

  function schedule(outcome: Outcome, isNewest: boolean): void {
    clearTimeout(timer);
    const begun = ++era;
    if (outcome.kind === 'postponed') return later(outcome.waitMs, () => again('a reload may begin'));
    const limits = leftOutOf(outcome).length > 0 ? RETRY_LEFT_OUT : RETRY[outcome.kind];
    if (limits !== undefined) return tryAgain(limits, isNewest);
    retry = undefined;
    if (outcome.kind === 'not-running' || outcome.kind === 'not-loaded')
      later(LOOK_FOR_MS, () => void lookForHaproxy(begun));
    else void lookAtHost(begun);
  }

  return { schedule };
}
