import type { Outcome, OutcomeKind } from '@kubefigurator/config-model';
import type { Backoff, BackoffLimits } from '@kubefigurator/daemon';
import { createBackoff } from '@kubefigurator/daemon';
import type { Host } from './host/host.ts';
import { observeHaproxy } from './host/running.ts';

/** How soon a text that could not be applied is tried again: its cause may go away without any word from etcd. */
const RETRY: Partial<Record<OutcomeKind, BackoffLimits>> = {
  // A check costs little and hurts nobody: a certificate may appear, a port become free.
  rejected: { minMs: 5_000, maxMs: 300_000 },
  // A reload that fails may pause every listener, so it isn't tried often.
  failed: { minMs: 15_000, maxMs: 300_000 },
};
/** How often a HAProxy that doesn't run, or runs without our file, is looked for. */
const LOOK_EVERY_MS = 1_000;

export interface AfterwardsOptions {
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly again: (reason: string) => void;
}

/** Decides, after each pass, whether and when there will be another one without news from etcd. */
export function createAfterwards({ host, signal, again }: AfterwardsOptions): {
  readonly schedule: (outcome: Outcome, isNewest: boolean) => void;
} {
  let timer: NodeJS.Timeout | undefined;
  let backoff: { readonly kind: OutcomeKind; readonly waits: Backoff } | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });

  function later(waitMs: number, call: () => void): void {
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(call, waitMs);
  }

  async function lookForHaproxy(): Promise<void> {
    const state = await observeHaproxy(host.sockets, host.live.path);
    if (state.kind === 'up' && state.loadsOurFile) again('HAProxy appeared');
    else later(LOOK_EVERY_MS, () => void lookForHaproxy());
  }

  function schedule(outcome: Outcome, isNewest: boolean): void {
    clearTimeout(timer);
    const limits = RETRY[outcome.kind];
    if (limits === undefined || !isNewest) backoff = undefined;
    if (outcome.kind === 'not-running' || outcome.kind === 'not-loaded')
      later(LOOK_EVERY_MS, () => void lookForHaproxy());
    if (limits === undefined) return;
    if (backoff?.kind !== outcome.kind) backoff = { kind: outcome.kind, waits: createBackoff(limits) };
    later(backoff.waits.next(), () => again('retry'));
  }

  return { schedule };
}
