import type { Blame, Outcome } from '@kubefigurator/config-model';
import type {
  ApplyPlan,
  Halving,
  ParsedText,
  Release,
  ShownCertificate,
} from '@kubefigurator/haproxy-config';
import type { CertificateState } from './observation.ts';

/**
 * What a pass works towards: the text of etcd, or the last known good release, which replaces a file that somebody
 * edited or which HAProxy has to read again.
 */
export type Purpose =
  | { readonly kind: 'apply' }
  | {
      readonly kind: 'repair';
      /** What became of the text of etcd; undefined as long as etcd has not answered. */
      readonly standing: Outcome | undefined;
      /** True if this pass determined `standing`; false if an earlier one did. */
      readonly isFresh: boolean;
      /**
       * True if no file was edited: HAProxy has to read a certificate, or to read the release again after the runtime
       * API refused a change. This isn't reported as a repair.
       */
      readonly isRenewal: boolean;
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

/** The text that runs with servers of a newer one, and how HAProxy gets them. */
export interface ServersAhead {
  readonly target: Target;
  readonly plan: RuntimePlan;
}

/**
 * What to do next. `hold` and `pause` write nothing. `keep` may put servers where the text says, limit frontends and
 * write the ledger. `renew` changes certificates in HAProxy's memory only. `validate` writes the candidate and the files
 * that it names. The live file is written by `servers`, `runtime`, `rewrite` and `reload`, and by `postpone` if it has
 * servers to change ahead.
 */
export type Decision =
  /**
   * HAProxy goes on with what it runs. `attempt` is what this pass tried, if it tried anything: the release that runs
   * already, one that was refused, or one that is left for later. `isRecorded` is false if the release runs already and
   * the ledger doesn't say so yet.
   */
  | {
      readonly kind: 'keep';
      readonly outcome: Outcome | undefined;
      readonly attempt: Attempt | undefined;
      readonly isRecorded: boolean;
    }
  /**
   * Nothing may be done now. `isHandsOff` is true if a person asked for that: the host is frozen, or `--drift report`
   * leaves an edited file to the operator. It is false if a wait or a back-off isn't over, or if the file waits for
   * HAProxy to start with it.
   */
  | { readonly kind: 'hold'; readonly outcome: Outcome | undefined; readonly isHandsOff: boolean }
  /** A reload has to wait; servers that need none are changed meanwhile. A wait for the jitter isn't reported. */
  | {
      readonly kind: 'postpone';
      readonly why: 'jitter' | 'budget';
      readonly waitMs: number;
      /** HAProxy's message about the last reload, if that failed and is the reason for the wait. */
      readonly failure: string | undefined;
      readonly ahead: ServersAhead | undefined;
      readonly attempt: Attempt;
    }
  /** The text is rejected, and what runs gets those servers of it that need no reload. */
  | {
      readonly kind: 'servers';
      readonly outcome: Extract<Outcome, { kind: 'rejected' }>;
      readonly ahead: ServersAhead;
      readonly attempt: Attempt;
    }
  /** Wait for a jitter too short to need another observation, and go on. */
  | { readonly kind: 'pause'; readonly waitMs: number; readonly attempt: Attempt }
  /** Give HAProxy the certificates whose files have changed; the text stays what it is. */
  | { readonly kind: 'renew'; readonly certificates: readonly CertificateState[] }
  /** Stage the release, let HAProxy check it, and probe its new binds. */
  | {
      readonly kind: 'validate';
      readonly attempt: Attempt;
      /** False if HAProxy runs all of the target already, and only the file has to be written. */
      readonly asksForReload: boolean;
    }
  /** Change servers in the running worker; the file is written first. */
  | { readonly kind: 'runtime'; readonly attempt: Attempt; readonly plan: RuntimePlan }
  /** Install a validated release that HAProxy need not read again; `plan` is `none` if HAProxy runs this very text. */
  | { readonly kind: 'rewrite'; readonly attempt: Attempt; readonly plan: 'none' | 'rewrite' }
  /** Install a validated release and make HAProxy read it. */
  | { readonly kind: 'reload'; readonly attempt: Attempt; readonly reasons: readonly string[] };

/** The result of executing a decision. */
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
  /** The wait is over. */
  | { readonly kind: 'paused' }
  /** The staged release can be installed. */
  | { readonly kind: 'valid' }
  /** HAProxy or the probe refused the release; `blame` names the parts, or no part if none is known. */
  | {
      readonly kind: 'refused';
      readonly stage: 'check' | 'probe';
      readonly blame: readonly Blame[];
      /** The check took all the time or memory that it may have. */
      readonly isExhausted?: true;
    }
  /** What became of each certificate that was to be renewed. */
  | { readonly kind: 'renewed'; readonly results: readonly RenewalResult[] }
  /** HAProxy refused a change of servers: what the worker runs is unknown until the next reload. */
  | { readonly kind: 'runtime-refused'; readonly reason: string };

/** What became of the renewal of a certificate at run time. */
export type RenewalResult = { readonly name: string; readonly contentHash: string } & (
  | { readonly kind: 'renewed'; readonly served: ShownCertificate }
  /** The file has other content by now. */
  | { readonly kind: 'superseded' }
  /** HAProxy serves the one before, or it isn't known what it serves. */
  | { readonly kind: 'failed'; readonly reason: string }
);

/** What a pass has found out so far about its text. */
export interface Attempt {
  readonly purpose: Purpose;
  /** The text that this is about, before anything was left out of it. */
  readonly whole: ParsedText;
  readonly target: Target;
  /** True if a part of the text was refused before, and it is time to try the whole text again. */
  readonly isTrial: boolean;
  /** True once the target is staged, and HAProxy's check and the probe have accepted it. */
  readonly isValid: boolean;
  /** True once the runtime API refused a change: what the worker runs is unknown. */
  readonly isDoubtful: boolean;
  /**
   * How often parts were left out of the text in this pass; above the limit after a search, so that the next refusal
   * rejects the text.
   */
  readonly reductions: number;
  /** True once a check took all the time or memory that it may have: the parts left out for that wait longer. */
  readonly isExhausted: boolean;
  /** True if parts are left out because reloads failed: another try of them is a reload, which may fail, too. */
  readonly isCostly: boolean;
  /** Set while HAProxy refuses the text and it isn't known because of which part: the target is one step of a search. */
  readonly search: Search | undefined;
  /** Set once the text is rejected as a whole. */
  readonly rejection: Extract<Outcome, { kind: 'rejected' }> | undefined;
}

/** A search for the Services because of which HAProxy refuses a text, although its messages name none of them. */
export interface Search {
  readonly halving: Halving;
  /** The portable text that the search takes Services out of. */
  readonly from: ParsedText;
  /** The parts that messages named and that are left out of `from`, before the search and during it. */
  readonly leftOut: readonly Blame[];
  /** The refusal with which the search began, for the outcome. */
  readonly refused: Extract<Answer, { kind: 'refused' }>;
  /** On the monotonic clock, in milliseconds. */
  readonly beganAt: number;
  /** When the present step began, on the same clock. */
  readonly triedAt: number;
  /**
   * The most time that a check may take, in milliseconds; undefined for the usual limit. It is set by the first candidate
   * that HAProxy accepts: a check that takes much longer than that one can be ended.
   */
  readonly checkMs: number | undefined;
}
