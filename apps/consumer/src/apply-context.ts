import type { Blame } from '@kubefigurator/config-model';
import type { Logger } from '@kubefigurator/daemon';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import type { TextOnDisk } from './host/text-file.ts';
import type { Host } from './host/host.ts';
import type { Removals } from './haproxy/pending-deletions.ts';
import type { HaproxyState } from './haproxy/observe.ts';
import type { LastKnownGood } from './state/ledger.ts';
import type { ReloadBudget } from './reload-budget.ts';

/** A text from etcd with the revision it has there. */
export interface Candidate {
  readonly revision: string;
  readonly text: string;
}

export interface ApplyContext {
  readonly host: Host;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Servers that were removed at run time and still have connections. */
  readonly removals: Removals;
  readonly reloads: ReloadBudget;
  /** Kept from pass to pass. */
  readonly memory: Memory;
}

/** What spares a pass the reading of sections that were read before. */
export interface Memory {
  /** The last text that passed the gate. */
  known: ParsedText | undefined;
  /** What this host could not take of the text before: it isn't tried with each text again. */
  leftOut: KnownFault | undefined;
  /** True where the next pass is to try the whole text, since what was wrong may be right by now. */
  tryAll: boolean;
  /** True before the first pass, when a life before this one may have left something half done. */
  isFirst: boolean;
}

/** Parts that were refused on this host. */
export interface KnownFault {
  readonly blame: readonly Blame[];
  /** The very words that were left out: with others the same Service may be right. */
  readonly words: string;
}

/** Nothing is known yet. */
export function createMemory(): Memory {
  return { known: undefined, leftOut: undefined, tryAll: false, isFirst: true };
}

/** What is on this host before anything is done. */
export interface Before {
  readonly haproxy: HaproxyState;
  readonly good: LastKnownGood | undefined;
  readonly onDisk: TextOnDisk | undefined;
  /** What HAProxy is known to run. */
  readonly running: ParsedText | undefined;
}

/** A candidate that passed the gate. */
export interface Wanted extends ParsedText {
  readonly revision: string;
}

/** A candidate, or what is left of it without the parts that this host can't take. */
export interface Goal extends Wanted {
  readonly leftOut: readonly Blame[];
  /** The candidate as it stands in etcd. */
  readonly whole: string;
  /** True where all of it is tried, though a part was refused before. */
  readonly isTrial: boolean;
}

/** A goal that HAProxy's check and the probes have nothing against; the text is staged. */
export interface Applicable extends Goal {
  readonly kind: 'applicable';
}
