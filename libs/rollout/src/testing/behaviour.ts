import type { Blame } from '@kubefigurator/config-model';

/** What HAProxy and the disk of a simulated host do. */
export interface Behaviour {
  /** Words that HAProxy refuses in a text, each with the Service to blame. */
  readonly refuses: Map<string, Blame>;
  /** What HAProxy's check says besides. */
  check: (text: string) => readonly Blame[];
  /** How long HAProxy's check takes, in milliseconds; above the limit it is ended. */
  checkMs: (text: string) => number;
  /** What every reload says; undefined: it works. */
  reloadFailure: string | undefined;
  /** What HAProxy's check accepts and a reload doesn't. */
  startsWith: (text: string) => boolean;
  /** What the runtime API says; undefined: it works. */
  runtimeFailure: string | undefined;
  /** What writing the candidate says; undefined: it works. */
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
    startsWith: () => true,
    runtimeFailure: undefined,
    writeFailure: undefined,
    isDown: false,
    isUnproven: false,
    oldWorkers: 0,
    causes: 'as they were',
  };
}
