import type { SourceRef } from './source.ts';

/** A host at rest for maintenance: nothing is applied until it is thawed. */
export interface Freeze {
  readonly since: string;
  readonly by: string;
  readonly reason?: string;
}

/** A file in a folder whose files are all certificates. */
export interface CertificateFile {
  readonly folder: string;
  readonly name: string;
}

/** Who or what a refusal is about. */
export interface Blame {
  /** The Services whose lines are meant; empty where nobody can be named. */
  readonly sources: readonly SourceRef[];
  /** True where the line belongs to all of them together, and nobody can tell whose fault it is. */
  readonly shared?: true;
  /** The bind that can't be had, by keyword and name of its section and its word on the `bind` line. */
  readonly bind?: { readonly section: string; readonly word: string };
  /** The file that HAProxy refuses of a folder of certificates which a bind names. */
  readonly file?: CertificateFile;
  /** The program's or the probe's own words. */
  readonly message: string;
}

/** What became of one reading of etcd on one host. Data, not an exception. */
export type Outcome =
  | {
      readonly kind: 'applied';
      readonly method: ApplyMethod;
      /** True once a new worker was seen to run this text. */
      readonly proven: boolean;
      /** What differs from the text before. */
      readonly reasons: readonly string[];
      /** What this host can't take; everything else is served. Empty when HAProxy runs the whole text. */
      readonly leftOut: readonly Blame[];
    }
  /** HAProxy runs this very text already, or what this host can take of it. */
  | { readonly kind: 'unchanged'; readonly leftOut: readonly Blame[] }
  /** There is no text to apply: what runs is kept. */
  | { readonly kind: 'kept'; readonly reason: string }
  /** Somebody froze this host for maintenance: nothing is applied until it is thawed. */
  | { readonly kind: 'frozen'; readonly freeze: Freeze }
  /** It needs a reload, and there were many: newer texts may come until then. Servers may have been changed already. */
  | {
      readonly kind: 'postponed';
      readonly waitMs: number;
      readonly serversChanged: boolean;
      /** What was said of the reload before, where that failed and is what this one waits for. */
      readonly failure?: string;
    }
  /** The file is in place, checked, and waits for HAProxy to start. */
  | { readonly kind: 'not-running'; readonly reason: string }
  /** The file is in place and checked, but the running HAProxy doesn't load it. */
  | { readonly kind: 'not-loaded'; readonly reason: string }
  /** The candidate was refused before anything changed. */
  | { readonly kind: 'rejected'; readonly stage: RejectStage; readonly blame: readonly Blame[] }
  /** This host could not apply the candidate. */
  | {
      readonly kind: 'failed';
      readonly stage: FailStage;
      readonly blame: readonly Blame[];
      /** True where the file on disk is the text before again, or never changed. */
      readonly restored: boolean;
    };

export type OutcomeKind = Outcome['kind'];
/** `none`: only comments or spacing differed, so that HAProxy had nothing to read again. */
export type ApplyMethod = 'none' | 'runtime' | 'reload' | 'restart' | 'command';
export type RejectStage = 'gate' | 'check' | 'probe';
export type FailStage = 'stage' | 'install' | 'reload';
