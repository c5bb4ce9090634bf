import type { Blame, Outcome, SourceRef } from '@kubefigurator/config-model';
import type { ParsedText, ShownCertificate } from '@kubefigurator/haproxy-config';
import type { Attempt } from './decision.ts';
import type { DriftRecord } from './drift.ts';
import type { ProcessId } from './observation.ts';
import type { Refusal } from './refusal.ts';
import type { ReloadBudget } from './reload-budget.ts';

/** Parts that were refused on this host. */
export interface KnownFault {
  readonly blame: readonly Blame[];
  /** The lines of the text about them: if these lines change, the same Service may be accepted. */
  readonly parts: string;
}

/** A target whose reload waits, or whose reload failed and is tried again later. */
export interface Waiting {
  /** The text of the release, not of etcd. */
  readonly text: string;
  /** On the monotonic clock, in milliseconds. */
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

/** What became of one content of a certificate's file. */
export interface CertificateRecord {
  readonly contentHash: string;
  /**
   * `served`: the worker serves it. `needs-reload`: the runtime API can't bring it to HAProxy. `read`: HAProxy was
   * reloaded, and so has read it; whether it serves it is seen by the next look. `refused`: HAProxy doesn't take it.
   * `superseded`: by the time it was read to be renewed, the file had other content.
   */
  readonly state: 'served' | 'needs-reload' | 'read' | 'refused' | 'superseded';
  /** The worker that serves it. */
  readonly worker: ProcessId | undefined;
  /** What that worker showed of the certificate after its renewal; undefined if it wasn't renewed at run time. */
  readonly served: ShownCertificate | undefined;
  /** Why it is not served. */
  readonly reason: string;
  /** How often it was refused. */
  readonly tries: number;
  /** When it is tried again, on the monotonic clock in milliseconds. */
  readonly dueAt: number;
}

/** A certificate whose file HAProxy can't load, so that it serves the earlier one, if any; or one that has expired. */
export interface CertificateTrouble {
  readonly file: string;
  readonly sources: readonly SourceRef[];
  readonly reason: string;
  /** Present for a folder that has grown too far, so that HAProxy keeps what it had of it. */
  readonly isFolder?: true;
}

export interface CertificateMemory {
  /** By the file of the certificate. */
  readonly records: ReadonlyMap<string, CertificateRecord>;
  readonly troubles: readonly CertificateTrouble[];
  /** True while a file may still be written, and after a reload until the new worker's certificates were observed. */
  readonly isSettling: boolean;
  /** The files whose certificates this pass renewed at run time. */
  readonly renewed: readonly string[];
}

/** What the agent keeps from pass to pass; `learn` gives the next one. */
export interface Memory {
  /** The last text that passed the gate, so that equal sections of the next one needn't be parsed and judged again. */
  readonly known: ParsedText | undefined;
  /** What the present pass has found out; undefined between two passes. */
  readonly attempt: Attempt | undefined;
  /** The parts that are left out of each newer text at once, as long as it says the same about them. */
  readonly fault: KnownFault | undefined;
  /** What was refused, and when it is tried again. */
  readonly refusal: Refusal | undefined;
  /** The same for the last known good release, when it is put back over an edited file. */
  readonly repairRefusal: Refusal | undefined;
  /** The hash of a text that the gate refused, if HAProxy has got servers of its sound sections all the same. */
  readonly serversOf: string | undefined;
  readonly reloads: ReloadBudget;
  readonly waiting: Waiting | undefined;
  readonly unread: Unread | undefined;
  readonly drift: DriftRecord;
  readonly certificates: CertificateMemory;
  /** When the host is observed next if no trigger comes first, on the monotonic clock in milliseconds. */
  readonly lookAt: number;
}
