import type { ReloadLimits } from './reload-budget.ts';
import type { Trigger } from './triggers.ts';

/** How this host is operated: flags that a decision depends on. */
export interface Policy {
  /** The path of the live file, for messages. */
  readonly file: string;
  /**
   * What to do with a live file that somebody edited. `ignore` is for a single pass, which a person asked for: the text of
   * etcd replaces the file, and without a text the file stays.
   */
  readonly onDrift: 'repair' | 'report' | 'ignore';
  /** Refuse a text as a whole instead of leaving out what this host can't take. */
  readonly strict: boolean;
  /** How HAProxy is made to read its files. */
  readonly method: 'reload' | 'restart' | 'command';
  readonly reloads: ReloadLimits;
  /** A reload begins up to this much later, in milliseconds, so that the hosts of a fleet don't reload at once. */
  readonly jitterMs: number;
}

/** The surroundings of a decision that change from call to call; `decide` reads no clock and draws no random numbers. */
export interface Moment {
  /** Monotonic clock, in milliseconds. */
  readonly now: number;
  /** A random number, at least 0 and below 1. */
  readonly random: number;
  readonly triggers: ReadonlySet<Trigger>;
  readonly policy: Policy;
}
