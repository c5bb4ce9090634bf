import type { Blame } from '@kubefigurator/config-model';

/** What HAProxy and the disk of a simulated host do. */
export interface Behaviour {
  /** Words that HAProxy refuses in a text, each with the Service to blame. */
  readonly refuses: Map<string, Blame>;
  /** What HAProxy's check blames in a text besides the words of `refuses`. */
  check: (text: string) => readonly Blame[];
  /** How long HAProxy's check takes, in milliseconds; above its limit the check is ended. */
  checkMs: (text: string) => number;
  /** HAProxy's message about every reload; undefined if reloads work. */
  reloadFailure: string | undefined;
  /** False for a text that HAProxy's check accepts, and with which no new worker starts. */
  canStartWith: (text: string) => boolean;
  /** The answer of the runtime API to a change; undefined if changes work. */
  runtimeFailure: string | undefined;
  /** The error when the candidate is written; undefined if it can be written. */
  writeFailure: string | undefined;
  isDown: boolean;
  /** True if no worker is seen after HAProxy was made to read its files. */
  isUnproven: boolean;
  /** Workers that still finish their connections. */
  oldWorkers: number;
  /** Fingerprint of the files and ports that a refusal may be due to. */
  causes: string;
}

/** HAProxy and a disk that take everything. */
export function wellBehaved(): Behaviour {
  return {
    refuses: new Map(),
    check: () => [],
    checkMs: () => 0,
    reloadFailure: undefined,
    canStartWith: () => true,
    runtimeFailure: undefined,
    writeFailure: undefined,
    isDown: false,
    isUnproven: false,
    oldWorkers: 0,
    causes: 'as they were',
  };
}
