import type { DriftCounts, DriftFinding } from './drift.ts';
import { DRIFT_KINDS } from './drift.ts';
import type { HostNameShared } from './host-presence.ts';
import { hostNameSharedShape } from './host-presence.ts';
import type { Blame, Freeze, OutcomeKind } from './outcome.ts';
import type { SourceRef } from './source.ts';
import type { Check } from './shape.ts';
import { anInteger, aText, listOf, mapOf, objectOf, oneOf, optional } from './shape.ts';

/** The version of the JSON below `<path>/hosts/`; it is raised only for a change that earlier readers can't read. */
export const HOST_STATUS_VERSION = 1;

/** The most Services that a status names for one part that is left out, or for one certificate. */
export const MOST_SOURCES = 20;

/**
 * How HAProxy got the text. `none`: HAProxy had nothing to load. `unproven`: whatever was done, no worker was seen to
 * run it.
 */
export type AppliedHow = 'none' | 'runtime' | 'reload' | 'restart' | 'command' | 'unproven';

/** A certificate that the config of one host names. */
export interface CertificateStatus {
  /** The file that the config names. */
  readonly file: string;
  /** The Services that it is for, the first ones. */
  readonly sources: readonly SourceRef[];
  /** Until when what HAProxy serves is valid; absent if that isn't known. */
  readonly notAfter?: string;
  /**
   * What is wrong: the file is broken, gone or expired, or HAProxy doesn't take it. HAProxy serves the certificate
   * before, if any, or the expired one itself.
   */
  readonly trouble?: string;
  /** Present if HAProxy could not start now, since its config names this file and it can't be loaded. */
  readonly blocksStart?: true;
  /** Present if its copy was forgotten: a file that breaks or goes away takes its Service off the host. */
  readonly isForgotten?: true;
  /** Present for a folder that has grown too far: HAProxy serves what it had of it. */
  readonly isFolder?: true;
  /** The first hosts of the Services that no certificate of their bind names: clients refuse them. */
  readonly unnamedHosts?: readonly string[];
}

/** A revision that was seen and has no outcome for more than a few seconds. */
export interface PendingText {
  /** The one that is checked, else the oldest one that waits; absent if the key is missing. */
  readonly revision?: string;
  /** When the oldest revision without an outcome was seen. */
  readonly since: string;
  /** Since when `haproxy -c` checks it; absent while it doesn't. */
  readonly checkedSince?: string;
}

/** The status of one host, under `<path>/hosts/<host>`; only that host writes it. Times are ISO 8601 in UTC. */
export interface HostStatus {
  readonly version: typeof HOST_STATUS_VERSION;
  readonly host: string;
  /** When this agent was started. */
  readonly startedAt: string;
  /** The process of this agent, with its start in ticks since the boot; absent in the statuses of earlier consumers. */
  readonly process?: { readonly pid: number; readonly startTicks: number };
  readonly versions: { readonly consumer: string; readonly haproxy?: string };
  /** What was last read from etcd: without a revision the key was missing, without a hash it held no text. */
  readonly seen?: { readonly revision?: string; readonly hash?: string };
  /**
   * The text that was last applied. Its hash is that of dynamic.cfg: it differs from the seen one if a part is left
   * out, or if this host's release of the text isn't the text itself.
   */
  readonly applied?: {
    readonly revision: string;
    readonly hash: string;
    readonly how: AppliedHow;
    readonly at: string;
  };
  /** Present while a newer revision waits for its outcome for more than a few seconds. */
  readonly pending?: PendingText;
  /** The outcome of the last pass. */
  readonly outcome?: {
    readonly kind: OutcomeKind;
    readonly summary: string;
    readonly at: string;
    readonly durationMs: number;
  };
  /** What this host can't take: the first entries, and the number of all. */
  readonly leftOut: readonly Blame[];
  readonly leftOutCount: number;
  /** The namespaces with Services that are left out; absent if they are too many, and in the statuses of earlier consumers. */
  readonly leftOutNamespaces?: readonly string[];
  /** The number of workers of earlier configs that still finish their connections. */
  readonly oldWorkers: number;
  /** Since when etcd hasn't answered; undefined while it answers. */
  readonly blindSince?: string;
  readonly frozen?: Freeze;
  /** Present while another agent has the same host name, so that each overwrites the other's status. */
  readonly hostNameShared?: HostNameShared;
  /** The first findings: present ones that make the host not in sync, then held servers, then ended ones. */
  readonly drift: readonly DriftFinding[];
  /** The number of all findings; absent in the statuses of earlier consumers. */
  readonly driftCount?: number;
  /** The number of all present findings by kind; absent in the statuses of earlier consumers. */
  readonly driftCounts?: DriftCounts;
  /** The first certificates: those with trouble, then those that expire next; absent in the statuses of earlier consumers. */
  readonly certificates?: readonly CertificateStatus[];
  /** The number of all certificates, and of those with trouble; absent like `certificates`. */
  readonly certificateCount?: number;
  readonly certificateTroubleCount?: number;
  /** The number of certificates with `unnamedHosts`; absent if there are none. */
  readonly unnamedHostsCount?: number;
  /** Why copies of certificates can't be written; absent while all are. */
  readonly copyFailure?: string;
  /** Why HAProxy could not be reloaded or started with the files on this host; absent while it could, as far as is known. */
  readonly reloadTrouble?: string;
}

export type ParsedHostStatus =
  | { readonly kind: 'status'; readonly status: HostStatus }
  | { readonly kind: 'unreadable'; readonly reason: string };

const OUTCOMES: Readonly<Record<OutcomeKind, true>> = {
  applied: true,
  unchanged: true,
  kept: true,
  frozen: true,
  postponed: true,
  'not-running': true,
  'not-loaded': true,
  rejected: true,
  failed: true,
};

const source = objectOf({ namespace: aText, service: aText, port: aText });
const blame = objectOf({ sources: listOf(source), message: aText });
const shape: Check = objectOf({
  version: oneOf([HOST_STATUS_VERSION]),
  host: aText,
  startedAt: aText,
  process: optional(objectOf({ pid: anInteger, startTicks: anInteger })),
  versions: objectOf({ consumer: aText, haproxy: optional(aText) }),
  seen: optional(objectOf({ revision: optional(aText), hash: optional(aText) })),
  applied: optional(
    objectOf({
      revision: aText,
      hash: aText,
      how: oneOf(['none', 'runtime', 'reload', 'restart', 'command', 'unproven']),
      at: aText,
    }),
  ),
  outcome: optional(
    objectOf({ kind: oneOf(Object.keys(OUTCOMES)), summary: aText, at: aText, durationMs: anInteger }),
  ),
  pending: optional(objectOf({ revision: optional(aText), since: aText, checkedSince: optional(aText) })),
  leftOut: listOf(blame),
  leftOutCount: anInteger,
  leftOutNamespaces: optional(listOf(aText)),
  oldWorkers: anInteger,
  blindSince: optional(aText),
  frozen: optional(objectOf({ since: aText, by: aText, reason: optional(aText) })),
  hostNameShared: optional(hostNameSharedShape),
  drift: listOf(objectOf({ kind: oneOf(DRIFT_KINDS), what: aText, since: aText, endedAt: optional(aText) })),
  driftCount: optional(anInteger),
  driftCounts: optional(mapOf(anInteger)),
  certificates: optional(
    listOf(
      objectOf({
        file: aText,
        sources: listOf(source),
        notAfter: optional(aText),
        trouble: optional(aText),
        blocksStart: optional(oneOf([true])),
        isForgotten: optional(oneOf([true])),
        isFolder: optional(oneOf([true])),
        unnamedHosts: optional(listOf(aText)),
      }),
    ),
  ),
  certificateCount: optional(anInteger),
  certificateTroubleCount: optional(anInteger),
  unnamedHostsCount: optional(anInteger),
  copyFailure: optional(aText),
  reloadTrouble: optional(aText),
});

/** Reads a status of any consumer: unknown fields are accepted, wrong values are refused. */
export function parseHostStatus(text: string): ParsedHostStatus {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', reason: 'is not JSON' };
  }
  const version = (value as { readonly version?: unknown } | null)?.version;
  if (typeof version === 'number' && version !== HOST_STATUS_VERSION)
    return {
      kind: 'unreadable',
      reason: `is of version ${version}; this program knows ${HOST_STATUS_VERSION}`,
    };
  const problem = shape(value);
  return problem === undefined
    ? { kind: 'status', status: value as HostStatus }
    : { kind: 'unreadable', reason: problem };
}
