import type { SourceRef } from './source.ts';

/** A freeze of one host for maintenance: nothing is applied until the host is thawed. `since` is ISO 8601 in UTC. */
export interface Freeze {
  readonly since: string;
  readonly by: string;
  readonly reason?: string;
}

/** A file in a folder that holds nothing but certificates. */
export interface CertificateFile {
  readonly folder: string;
  readonly name: string;
}

/** One reason why a text was refused, and the part of the text that it concerns. */
export interface Blame {
  /** The Services whose lines are refused; empty if no Service can be named. */
  readonly sources: readonly SourceRef[];
  /** True if the line belongs to all of the sources together, so that none of them alone is at fault. */
  readonly shared?: true;
  /** The bind that isn't available: keyword and name of its section, and its address as written on the `bind` line. */
  readonly bind?: { readonly section: string; readonly word: string };
  /**
   * The file that HAProxy refuses, in a folder of certificates that a bind names; the sources ask for the folder, and
   * are served without the file.
   */
  readonly file?: CertificateFile;
  /** The message of the program or the probe that refused. */
  readonly message: string;
}

/** The result of one pass on one host; an exception that ends a pass becomes an outcome too. */
export type Outcome =
  | {
      readonly kind: 'applied';
      readonly method: ApplyMethod;
      /** True if a worker is known to run this text. */
      readonly proven: boolean;
      /** What differs from the text before. */
      readonly reasons: readonly string[];
      /** What this host can't take; the rest is served. Empty if HAProxy runs the whole text. */
      readonly leftOut: readonly Blame[];
    }
  /** HAProxy runs this text already, or the part of it that this host can take. */
  | { readonly kind: 'unchanged'; readonly leftOut: readonly Blame[] }
  /** There is no text to apply: what runs is kept. */
  | { readonly kind: 'kept'; readonly reason: string }
  /** This host is frozen for maintenance: nothing is applied until it is thawed. */
  | { readonly kind: 'frozen'; readonly freeze: Freeze }
  /** The text needs a reload, and none is allowed before the wait is over. Servers may have been changed already. */
  | {
      readonly kind: 'postponed';
      readonly waitMs: number;
      readonly serversChanged: boolean;
      /** The message of the last reload, if that failed and is the reason for the wait. */
      readonly failure?: string;
    }
  /** The file is in place and checked; HAProxy isn't running and will load it at its start. */
  | { readonly kind: 'not-running'; readonly reason: string }
  /** The file is in place and checked, but the running HAProxy doesn't load it. */
  | { readonly kind: 'not-loaded'; readonly reason: string }
  /** The text was refused as a whole, and what runs is kept. */
  | {
      readonly kind: 'rejected';
      readonly stage: RejectStage;
      readonly blame: readonly Blame[];
      /** True if servers of the text that need no reload were changed all the same. */
      readonly serversChanged?: true;
    }
  /** This host could not apply the candidate. */
  | {
      readonly kind: 'failed';
      readonly stage: FailStage;
      readonly blame: readonly Blame[];
      /**
       * True only if the file on disk is known to hold the previous text or was never touched; false if it could not be
       * restored; `unknown` if the file may have changed, or if HAProxy runs the new one and some of its servers couldn't
       * be corrected.
       */
      readonly restored: boolean | 'unknown';
    };

export type OutcomeKind = Outcome['kind'];
/** How HAProxy got the text. `none`: it had nothing to load, since only comments or white space differed, or only the file was written again. */
export type ApplyMethod = 'none' | 'runtime' | 'reload' | 'restart' | 'command';
export type RejectStage = 'gate' | 'check' | 'probe';
/** `pass`: an exception ended the pass, wherever it was thrown. */
export type FailStage = 'stage' | 'install' | 'reload' | 'pass';

/** What a host can't take; empty for outcomes that name nothing. */
export function blameOfOutcome(outcome: Outcome): readonly Blame[] {
  if ('blame' in outcome) return outcome.blame;
  return 'leftOut' in outcome ? outcome.leftOut : [];
}
