import type { Outcome } from '@kubefigurator/config-model';
import type { BackoffLimits } from '@kubefigurator/daemon';
import { causesOf } from './host/causes.ts';
import type { Host } from './host/host.ts';
import { observeHaproxy } from './haproxy/observe.ts';
import { leftOutOf } from './status/describe.ts';
import type { Refusal } from './retries.ts';
import { createRetries } from './retries.ts';

/** What starts a pass when etcd has no news; `retry` tries again what was refused. */
export type AfterwardsTrigger = 'retry' | 'haproxy-appeared' | 'host-changed' | 'reload-allowed';

/** A text that was refused: its cause may go away without any word from etcd, and a check hurts nobody. */
const RETRY_REJECTED: BackoffLimits = { minMs: 5_000, maxMs: 300_000 };
/** What was left out: the file may appear, the port become free. */
const RETRY_LEFT_OUT: BackoffLimits = { minMs: 2_000, maxMs: 300_000 };
/** A file that couldn't be written: HAProxy was not asked for anything, and there may be room again. */
const RETRY_WRITE: BackoffLimits = { minMs: 2_000, maxMs: 30_000 };
/** A reload that fails may pause every listener, so it isn't tried often. */
const RETRY_RELOAD: BackoffLimits = { minMs: 15_000, maxMs: 300_000 };
/** How often the files and ports are looked at that a refusal may be due to. */
const LOOK_FOR_CAUSES_MS = 2_000;
/** How often a HAProxy that doesn't run, or runs without our file, is looked for. */
const LOOK_FOR_MS = 1_000;
/** How often a host is looked at: HAProxy may be restarted, or the file edited, by hand. */
const LOOK_AT_MS = 10_000;
/** The first look after a pass. */
const FIRST_LOOK_MS = 1_000;

export interface AfterwardsOptions {
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly again: (trigger: AfterwardsTrigger) => void;
  /** Looks at the host; true where another pass may set something right. */
  readonly look: () => Promise<boolean>;
}

/** What happens after a pass when etcd has no news. */
export interface Afterwards {
  /** Starts looking at the host before there was any pass. */
  readonly begin: () => void;
  readonly schedule: (outcome: Outcome) => void;
}

/** Undefined where there is nothing to try again. */
export function refusalOf(outcome: Outcome): Refusal | undefined {
  const limits = limitsOf(outcome);
  if (limits === undefined) return undefined;
  const blame = 'blame' in outcome ? outcome.blame : leftOutOf(outcome);
  const subject = JSON.stringify(['blame' in outcome ? outcome.kind : '', blame]);
  // A reload itself changes files that its failure may name, so that each would be the cause of the next.
  if (limits === RETRY_RELOAD) return { blame: [], limits, subject: 'reload' };
  return { blame, limits, subject };
}

function limitsOf(outcome: Outcome): BackoffLimits | undefined {
  // The gate judges nothing but the text: only a word from etcd can change what it says.
  if (outcome.kind === 'rejected') return outcome.stage === 'gate' ? undefined : RETRY_REJECTED;
  if (outcome.kind === 'failed') return outcome.stage === 'reload' ? RETRY_RELOAD : RETRY_WRITE;
  return leftOutOf(outcome).length > 0 ? RETRY_LEFT_OUT : undefined;
}

/** Decides, after each pass, whether and when there will be another one without news from etcd. */
export function createAfterwards({ host, signal, again, look }: AfterwardsOptions): Afterwards {
  let timer: NodeJS.Timeout | undefined;
  let lookTimer: NodeJS.Timeout | undefined;
  const retries = createRetries({
    again: () => again('retry'),
    causesOf: (blame) => causesOf(blame, [host.live.path, host.live.candidate]),
    lookMs: LOOK_FOR_CAUSES_MS,
  });
  /** Grows with each pass, so that a look begun before it doesn't go on after it. */
  let era = 0;
  signal.addEventListener('abort', stop, { once: true });

  function stop(): void {
    clearTimeout(timer);
    clearTimeout(lookTimer);
    retries.pause();
  }

  function later(waitMs: number, call: () => void): void {
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(call, waitMs);
  }

  async function lookForHaproxy(begun: number): Promise<void> {
    const state = await observeHaproxy(host.sockets, host.live.path);
    if (begun !== era) return;
    if (state.kind === 'up' && state.loadsOurFile) again('haproxy-appeared');
    else later(LOOK_FOR_MS, () => void lookForHaproxy(begun));
  }

  function lookLater(waitMs: number, begun: number): void {
    clearTimeout(lookTimer);
    if (!signal.aborted) lookTimer = setTimeout(() => void lookAtHost(begun), waitMs);
  }

  async function lookAtHost(begun: number): Promise<void> {
    const wantsPass = await look().catch(() => false);
    if (begun !== era) return;
    lookLater(LOOK_AT_MS, begun);
    if (wantsPass) again('host-changed');
  }

  function schedule(outcome: Outcome): void {
    stop();
    if (signal.aborted) return;
    const begun = ++era;
    lookLater(FIRST_LOOK_MS, begun);
    if (outcome.kind === 'postponed') return later(outcome.waitMs, () => again('reload-allowed'));
    const refusal = refusalOf(outcome);
    if (refusal !== undefined) return retries.wait(refusal);
    retries.forget();
    if (outcome.kind === 'not-running' || outcome.kind === 'not-loaded')
      later(LOOK_FOR_MS, () => void lookForHaproxy(begun));
  }

  return { begin: () => void lookAtHost(era), schedule };
}
