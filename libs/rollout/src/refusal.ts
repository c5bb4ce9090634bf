import type { Blame, Outcome } from '@kubefigurator/config-model';
import { blameOfOutcome } from '@kubefigurator/config-model';
import type { Attempt } from './decision.ts';

/** Something that was refused and may be accepted later without a change in etcd. */
export interface Refusal {
  /** Equal if the same parts are refused for the same reasons, so that the back-off goes on. */
  readonly subject: string;
  /** The text that was refused, as etcd has it; for a refused repair, the text of the last known good release. */
  readonly text: string;
  readonly outcome: Outcome;
  readonly blame: readonly Blame[];
  /** Tries so far that were due; a pass before `dueAt` doesn't count. */
  readonly tries: number;
  /** When it is tried again at the latest, on the monotonic clock in milliseconds. */
  readonly dueAt: number;
  /** Fingerprint of its possible causes; undefined until it was taken. */
  readonly causes: string | undefined;
}

/** What another try would cost. */
type Effort = Pick<Attempt, 'isExhausted' | 'isCostly'>;

/** The shortest and the longest wait before the next try. */
interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/** A text that was refused: its cause may go away without a change in etcd, and a check harms nothing. */
const REJECTED: BackoffLimits = { minMs: 5_000, maxMs: 300_000 };
/** Parts that were left out: the missing file may appear, the port may become free. */
const LEFT_OUT: BackoffLimits = { minMs: 2_000, maxMs: 300_000 };
/** The same if HAProxy's check didn't end with them: each try takes a minute or more, and all changes wait meanwhile. */
const EXHAUSTING: BackoffLimits = { minMs: 300_000, maxMs: 3_600_000 };
/** Parts that were left out because reloads failed: each try is a reload that may fail. */
const COSTLY: BackoffLimits = { minMs: 60_000, maxMs: 300_000 };
/** A file that couldn't be written: HAProxy was not asked for anything, and there may be room again. */
const NOT_WRITTEN: BackoffLimits = { minMs: 2_000, maxMs: 30_000 };
/** A pass that threw: a bug, or a part of the host that can't be read. */
const PASS: BackoffLimits = { minMs: 1_000, maxMs: 60_000 };

/**
 * The refusal that follows from an outcome; undefined if nothing has to be tried again, and `before` if there is no
 * outcome. If `before` was the same refusal and was due, the wait doubles; if it wasn't due yet, it stays due when it was.
 */
export function nextRefusal(
  before: Refusal | undefined,
  {
    outcome,
    text,
    attempt,
  }: {
    readonly outcome: Outcome | undefined;
    readonly text: string;
    readonly attempt?: Effort | undefined;
  },
  { now, random }: { readonly now: number; readonly random: number },
): Refusal | undefined {
  if (outcome === undefined) return before;
  const limits = limitsOf(outcome, attempt);
  return limits && refusalWith(limits, before, { outcome, text }, { now, random });
}

function refusalWith(
  limits: BackoffLimits,
  before: Refusal | undefined,
  { outcome, text }: Pick<Refusal, 'outcome' | 'text'>,
  { now, random }: { readonly now: number; readonly random: number },
): Refusal {
  const blame = blameOfOutcome(outcome);
  // The kind counts only if the text itself is refused: `applied` and `unchanged` may leave out the same parts.
  const subject = JSON.stringify(['blame' in outcome ? outcome.kind : '', blame]);
  const known = before?.subject === subject ? before : undefined;
  const isDue = known === undefined || now >= known.dueAt;
  const tries = (known?.tries ?? 0) + (isDue ? 1 : 0);
  const dueAt = isDue ? now + waitMs(limits, tries, random) : known.dueAt;
  return { subject, text, outcome, blame, tries, dueAt, causes: undefined };
}

/** True if it stands for a pass that threw, which may have nothing to do with the text. */
export function isRefusalOfPass({ outcome }: Refusal): boolean {
  return outcome.kind === 'failed' && outcome.stage === 'pass';
}

/** True if a refusal has no fingerprint of its causes yet. */
export function lacksCauses(refusals: readonly (Refusal | undefined)[]): boolean {
  return refusals.some((refusal) => refusal !== undefined && refusal.causes === undefined);
}

/** True if the refusal is tried now: it is due, or one of its possible causes changed. */
export function isRefusalTriedNow(
  { dueAt, causes }: Refusal,
  { causes: seen, now }: { readonly causes: string | undefined; readonly now: number },
): boolean {
  return now >= dueAt || (causes !== undefined && seen !== undefined && causes !== seen);
}

/** Undefined if nothing was refused, if only a change in etcd can help, or if the reload budget decides when to try again. */
function limitsOf(outcome: Outcome, attempt: Effort | undefined): BackoffLimits | undefined {
  if (outcome.kind === 'rejected') return outcome.stage === 'gate' ? undefined : REJECTED;
  if (outcome.kind === 'failed') {
    if (outcome.stage === 'reload') return undefined;
    return outcome.stage === 'pass' ? PASS : NOT_WRITTEN;
  }
  return blameOfOutcome(outcome).length === 0 ? undefined : limitsOfLeftOut(attempt);
}

function limitsOfLeftOut(attempt: Effort | undefined): BackoffLimits {
  if (attempt?.isExhausted === true) return EXHAUSTING;
  return attempt?.isCostly === true ? COSTLY : LEFT_OUT;
}

/** Doubles with each try, jittered down to half. */
function waitMs({ minMs, maxMs }: BackoffLimits, tries: number, random: number): number {
  const full = Math.min(maxMs, minMs * 2 ** Math.min(tries - 1, 30));
  return Math.round(full * (0.5 + random / 2));
}
