import type { Blame, Outcome } from '@kubefigurator/config-model';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import type { Attempt } from './decision.ts';
import type { DriftRecord } from './drift.ts';
import type { Refusal } from './refusal.ts';
import type { ReloadBudget } from './reload-budget.ts';

/** Parts that were refused on this host. */
export interface KnownFault {
  readonly blame: readonly Blame[];
  /** The lines of the text about them: if these lines change, the same Service may be accepted. */
  readonly parts: string;
}

/** A target whose reload waits. */
export interface Waiting {
  readonly text: string;
  readonly until: number;
  /** Undefined while only the jitter is waited for. */
  readonly outcome: Outcome | undefined;
}

/** A release that is in place, but that HAProxy doesn't read yet. */
export interface Unread {
  /** The text as etcd has it. */
  readonly text: string;
  readonly fileHash: string | undefined;
  readonly outcome: Outcome;
}

/** What the agent keeps from pass to pass; `learn` gives the next one. */
export interface Memory {
  /** The last text that passed the gate, so that equal sections of the next one needn't be parsed and judged again. */
  readonly known: ParsedText | undefined;
  readonly attempt: Attempt | undefined;
  readonly fault: KnownFault | undefined;
  /** What was refused, and when it is tried again. */
  readonly refusal: Refusal | undefined;
  /** The same for the repair of an edited file. */
  readonly repairRefusal: Refusal | undefined;
  readonly reloads: ReloadBudget;
  readonly waiting: Waiting | undefined;
  readonly unread: Unread | undefined;
  readonly drift: DriftRecord;
  /** When the host is observed next if no trigger comes first, on the monotonic clock in milliseconds. */
  readonly lookAt: number;
}
