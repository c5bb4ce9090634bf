import type { SourceRef } from './source.ts';

/** Who or what a refusal is about. */
export interface Blame {
  /** The Services whose lines are meant; empty where nobody can be named. */
  readonly sources: readonly SourceRef[];
  /** `address:port` where a bind is the cause. */
  readonly bind?: string;
  /** The program's or the probe's own words. */
  readonly message: string;
}

/** What became of one published text on one host. Data, not an exception. */
export type Outcome =
  | {
      readonly kind: 'applied';
      readonly method: ApplyMethod;
      readonly proven: boolean;
      readonly reasons: readonly string[];
    }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'not-running'; readonly reason: string }
  | { readonly kind: 'rejected'; readonly stage: RejectStage; readonly blame: readonly Blame[] }
  | {
      readonly kind: 'failed';
      readonly stage: FailStage;
      readonly blame: readonly Blame[];
      readonly restored: boolean;
    };

export type ApplyMethod = 'reload' | 'restart' | 'command';
/** The candidate was refused before the live file changed. */
export type RejectStage = 'gate' | 'check' | 'probe';
/** Something went wrong on this host while the candidate was applied. */
export type FailStage = 'stage' | 'install' | 'reload' | 'prove';
