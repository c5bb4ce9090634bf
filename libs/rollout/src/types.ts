import type { Blame, Freeze, Outcome } from '@kubefigurator/config-model';
import type { ApplyPlan, ParsedText, Release } from '@kubefigurator/haproxy-config';
import type { DriftRecord, HeldServer } from './drift.ts';
import type { Refusal } from './refusal.ts';
import type { ReloadBudget, ReloadLimits } from './reload-budget.ts';
import type { Trigger } from './triggers.ts';

/** A process that can't be mistaken for a later one with the same number. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks between the machine's boot and the start of the process (proc(5), `stat` field 22). */
  readonly startTicks: number;
}

/** What `show proc` on the master socket says (management guide, section 9.4). */
export interface ShownProcesses {
  readonly master: {
    readonly pid: number;
    readonly reloads: number;
    readonly failed: number;
    readonly version: string;
  };
  /** Process numbers of the current workers. */
  readonly workers: readonly number[];
  /** Workers of earlier configs that still finish their connections. */
  readonly oldWorkers: readonly number[];
}

/** HAProxy on this host, as far as it can be observed. */
export type HaproxyState =
  | { readonly kind: 'down'; readonly reason: string }
  | {
      readonly kind: 'up';
      /** Undefined without a master socket. */
      readonly processes: ShownProcesses | undefined;
      readonly worker: ProcessId | undefined;
      /** The files HAProxy was started with; undefined if they can't be read. */
      readonly configFiles: readonly string[] | undefined;
      readonly loadsOurFile: boolean;
    };

/** What the ledger says of the release that was last seen to run. */
export interface LedgerEntry {
  readonly revision: string;
  /** The release's identity hash, SHA-256 in hex. */
  readonly hash: string;
  /** SHA-256 of the text as etcd had it, in hex; undefined in a ledger of an earlier version. */
  readonly published?: string | undefined;
  /** The worker that was seen to run it; undefined if there is no proof. */
  readonly worker: ProcessId | undefined;
  readonly method: string;
}

/** The last known good release. */
export interface KnownGood {
  readonly ledger: LedgerEntry;
  readonly release: Release;
}

/** The facts about this host at one moment: everything that `decide` may look at besides its memory. */
export interface Observation {
  readonly freeze: Freeze | undefined;
  readonly haproxy: HaproxyState;
  readonly good: KnownGood | undefined;
  /** The text of the live file; undefined if there is no file. */
  readonly onDisk: string | undefined;
  /** SHA-256 of the live file, in hex; undefined if there is no file. */
  readonly fileHash: string | undefined;
  /** What the worker is proven to run. */
  readonly running: ParsedText | undefined;
  /** True if servers that are changed at run time are what a fresh start would make of them. */
  readonly allowsRuntime: boolean;
  /** Servers that an operator holds; undefined if this observation didn't list them. */
  readonly held: readonly HeldServer[] | undefined;
  /** Folders of ours that stand for folders with a refused certificate, by the folder they stand for. */
  readonly standIns: ReadonlyMap<string, string>;
  /** A fingerprint of the files and ports that the present refusal may be due to; undefined if nothing is refused. */
  readonly causes: string | undefined;
}

/** What etcd asks for, after the gate. */
export type Wanted =
  /** etcd has not answered since this program started. */
  | { readonly kind: 'unknown' }
  /** There is no text to apply: what runs is kept. */
  | { readonly kind: 'nothing'; readonly revision: string | undefined; readonly reason: string }
  /** The gate refused the text. */
  | { readonly kind: 'refused'; readonly revision: string; readonly blame: readonly Blame[] }
  | (ParsedText & {
      readonly kind: 'text';
      readonly revision: string;
      /** SHA-256 of the text as etcd has it, in hex. */
      readonly hash: string;
    });

export type WantedText = Extract<Wanted, { kind: 'text' }>;

/** How this host is operated: flags that a decision depends on. */
export interface Policy {
  /** The path of the live file, for messages. */
  readonly file: string;
  /** What to do with a live file that somebody edited; a single pass ignores that, since a person asked for it. */
  readonly onDrift: 'repair' | 'report' | 'ignore';
  /** Refuse a text as a whole instead of leaving out what this host can't take. */
  readonly strict: boolean;
  readonly reloads: ReloadLimits;
  /** A reload begins up to this much later, in milliseconds, so that the hosts of a fleet don't reload at once. */
  readonly jitterMs: number;
}

/** The surroundings of a decision that change from call to call; deciding reads no clock and throws no dice. */
export interface Moment {
  /** Monotonic clock, in milliseconds. */
  readonly now: number;
  /** A random number from 0 up to 1. */
  readonly dice: number;
  readonly triggers: ReadonlySet<Trigger>;
  readonly policy: Policy;
}

/** What a pass works towards: the text of etcd, or the last known good release over a file that somebody edited. */
export type Purpose =
  | { readonly kind: 'apply' }
  | {
      readonly kind: 'repair';
      /** What became of the text of etcd; undefined as long as etcd has not answered. */
      readonly standing: Outcome | undefined;
      /** True if this very pass found that out. */
      readonly isFresh: boolean;
    };

/** A release, its text in sections, and what this host leaves out of the text that the release was made of. */
export interface Target extends ParsedText {
  readonly release: Release;
  /** The text as it was before lowering: leaving out works on this one. */
  readonly portable: ParsedText;
  readonly leftOut: readonly Blame[];
  /** SHA-256 of the text as etcd had it, in hex. */
  readonly published: string | undefined;
}

export type RuntimePlan = Extract<ApplyPlan, { kind: 'runtime' }>;

/** What to do next. The last four change files or HAProxy, and end at the first answer that changes the decision. */
export type Decision =
  /**
   * HAProxy goes on with what it runs. `attempt` is what this pass tried, if it tried anything: the release that runs
   * already (`isRecorded` says whether the ledger knows), or one that was refused.
   */
  | {
      readonly kind: 'keep';
      readonly outcome: Outcome | undefined;
      readonly attempt: Attempt | undefined;
      readonly isRecorded: boolean;
    }
  /** Nothing may be done now: the host is frozen, or a wait or back-off isn't over. */
  | { readonly kind: 'hold'; readonly outcome: Outcome | undefined; readonly isFrozen: boolean }
  /** A reload has to wait; servers that need none are changed meanwhile. A wait for the jitter isn't reported. */
  | {
      readonly kind: 'postpone';
      readonly why: 'jitter' | 'budget';
      readonly waitMs: number;
      /** What HAProxy said of the reload before, if that failed and is what this one waits for. */
      readonly failure: string | undefined;
      readonly ahead: { readonly target: Target; readonly plan: RuntimePlan } | undefined;
      readonly attempt: Attempt;
    }
  /** Stage the release, let HAProxy check it, and probe its new binds. */
  | { readonly kind: 'validate'; readonly attempt: Attempt }
  /** Change servers in the running worker; the file is written first. */
  | { readonly kind: 'runtime'; readonly attempt: Attempt; readonly plan: RuntimePlan }
  /** Install a validated release that HAProxy need not read again; `plan` is `none` if HAProxy runs this very text. */
  | { readonly kind: 'rewrite'; readonly attempt: Attempt; readonly plan: 'none' | 'rewrite' }
  /** Install a validated release and make HAProxy read it. */
  | { readonly kind: 'reload'; readonly attempt: Attempt; readonly reasons: readonly string[] };

/** What came of a decision. */
export type Answer =
  /** The pass is over. */
  | {
      readonly kind: 'done';
      readonly outcome: Outcome | undefined;
      /** The reload that was tried, with HAProxy's message if it failed; undefined if no reload was tried. */
      readonly reload?: { readonly beganAt: number; readonly failure: string | undefined };
      /** SHA-256 of the live file afterwards, in hex; only if this pass changed the file and no ledger entry says so. */
      readonly fileHash?: string | undefined;
    }
  /** The staged release can be installed. */
  | { readonly kind: 'valid' }
  /** HAProxy or the probe refused parts of the release. */
  | {
      readonly kind: 'refused';
      readonly stage: 'check' | 'probe';
      readonly blame: readonly Blame[];
      readonly standIns: ReadonlyMap<string, string>;
    }
  /** HAProxy refused a change of servers: what the worker runs is unknown until the next reload. */
  | { readonly kind: 'runtime-refused'; readonly reason: string };

/** What a pass has found out so far about its text. */
export interface Attempt {
  readonly purpose: Purpose;
  /** The text that this is about, before anything was left out of it. */
  readonly whole: string;
  readonly target: Target;
  /** True if all of it is tried, though a part was refused before. */
  readonly isTrial: boolean;
  readonly isValid: boolean;
  /** True once the runtime API refused a change: what the worker runs is unknown. */
  readonly isDoubtful: boolean;
  /** How often something was taken out of the text. */
  readonly reductions: number;
  /** Set if nothing can be left out that would help. */
  readonly rejection: Outcome | undefined;
}

/** Parts that were refused on this host. */
export interface KnownFault {
  readonly blame: readonly Blame[];
  /** What the text said about them: with other words the same Service may be right. */
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
  /** The last text that passed the gate, which spares the next one the reading of equal sections. */
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
  /** When the host is looked at next, on the monotonic clock in milliseconds. */
  readonly lookAt: number;
}
