import type { Blame } from '@kubefigurator/config-model';
import type { Logger } from '@kubefigurator/daemon';
import type { ParsedText } from '@kubefigurator/rollout';
import type { TextOnDisk } from './host/files.ts';
import type { Host } from './host/host.ts';
import type { Removals } from './host/removals.ts';
import type { HaproxyState } from './host/running.ts';
import type { LastKnownGood } from './host/state.ts';
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

/** What this host can take of a candidate; the text is staged. */
export interface Applicable extends Wanted {
  readonly kind: 'applicable';
  readonly leftOut: readonly Blame[];
}
