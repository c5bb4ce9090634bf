import type { Blame, Freeze, OutcomeKind } from './outcome.ts';
import type { Check } from './shape.ts';
import { anInteger, aText, listOf, objectOf, oneOf, optional } from './shape.ts';

/** The form of the JSON below `<path>/hosts/`; a change that old readers can't take gets another number. */
export const HOST_STATUS_VERSION = 1;

/** How HAProxy got to run the text: `none` needed nothing, `unproven` was applied without a worker to show for it. */
export type AppliedHow = 'none' | 'runtime' | 'reload' | 'restart' | 'command' | 'unproven';

/** What was done on a host by other hands than ours. */
export type DriftKind =
  | 'file-edited'
  | 'file-missing'
  | 'haproxy-stopped'
  | 'haproxy-restarted'
  | 'haproxy-reloaded'
  | 'file-not-loaded'
  | 'server-maint'
  | 'server-drain';

/** One thing that is not as the last pass left it. Times are ISO 8601 in UTC here and below. */
export interface DriftFinding {
  readonly kind: DriftKind;
  /** The file, the process, or `backend/server`. */
  readonly what: string;
  readonly since: string;
  /** When it was found to be over: set right by us, or undone by who did it. */
  readonly endedAt?: string;
}

/** What one host says about itself, under `<path>/hosts/<host>`; written by that host only. */
export interface HostStatus {
  readonly version: typeof HOST_STATUS_VERSION;
  readonly host: string;
  /** When this agent was started. */
  readonly startedAt: string;
  readonly versions: { readonly consumer: string; readonly haproxy?: string };
  /** The newest word from etcd; without a revision the key was missing, without a hash it held no text. */
  readonly seen?: { readonly revision?: string; readonly hash?: string };
  /** The text that HAProxy was last seen to run; its hash differs from the seen one where a part is left out. */
  readonly applied?: {
    readonly revision: string;
    readonly hash: string;
    readonly how: AppliedHow;
    readonly at: string;
  };
  /** What became of the newest word from etcd. */
  readonly outcome?: {
    readonly kind: OutcomeKind;
    readonly summary: string;
    readonly at: string;
    readonly durationMs: number;
  };
  /** The first of what this host can't take, and how many there are. */
  readonly leftOut: readonly Blame[];
  readonly leftOutCount: number;
  /** Workers of earlier configs that still finish their connections. */
  readonly oldWorkers: number;
  /** Since when etcd has not been heard. */
  readonly blindSince?: string;
  readonly frozen?: Freeze;
  readonly drift: readonly DriftFinding[];
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
const DRIFTS: Readonly<Record<DriftKind, true>> = {
  'file-edited': true,
  'file-missing': true,
  'haproxy-stopped': true,
  'haproxy-restarted': true,
  'haproxy-reloaded': true,
  'file-not-loaded': true,
  'server-maint': true,
  'server-drain': true,
};
/** Every kind of drift, for metrics and docs. */
export const DRIFT_KINDS = Object.keys(DRIFTS) as readonly DriftKind[];

const source = objectOf({ namespace: aText, service: aText, port: aText });
const blame = objectOf({ sources: listOf(source), message: aText });
const shape: Check = objectOf({
  version: oneOf([HOST_STATUS_VERSION]),
  host: aText,
  startedAt: aText,
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
  leftOut: listOf(blame),
  leftOutCount: anInteger,
  oldWorkers: anInteger,
  blindSince: optional(aText),
  frozen: optional(objectOf({ since: aText, by: aText, reason: optional(aText) })),
  drift: listOf(objectOf({ kind: oneOf(DRIFT_KINDS), what: aText, since: aText, endedAt: optional(aText) })),
});

/** Reads a status, whoever wrote it; fields we don't know are no fault, wrong ones are. */
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

/** Why a host is not in sync, a sentence each; empty where HAProxy runs all of what etcd has, as far as is known. */
export function troublesOf(status: HostStatus): readonly string[] {
  const { outcome, blindSince, frozen, drift } = status;
  const troubles: string[] = [];
  if (frozen !== undefined) troubles.push(describeFreeze(frozen));
  if (blindSince !== undefined) troubles.push(`etcd has not been heard since ${blindSince}`);
  if (outcome === undefined) troubles.push(describeNoOutcome(status));
  else if (outcome.kind !== 'frozen' && !isWhole(status)) troubles.push(outcome.summary);
  for (const { kind, what, since } of drift.filter(isOurConcern))
    troubles.push(`${what}: ${kind} since ${since}`);
  return troubles;
}

function describeNoOutcome({ seen }: HostStatus): string {
  if (seen === undefined) return 'nothing has come from etcd yet';
  return 'the first pass since the agent started is not finished yet';
}

/** `frozen since … by …: reason`. */
export function describeFreeze({ since, by, reason }: Freeze): string {
  return `frozen since ${since} by ${by}${reason === undefined ? '' : `: ${reason}`}`;
}

function isWhole({ outcome, leftOutCount }: HostStatus): boolean {
  return (outcome?.kind === 'applied' || outcome?.kind === 'unchanged') && leftOutCount === 0;
}

/** What an operator does to a server is shown, but is no fault of the host. */
function isOurConcern({ kind, endedAt }: DriftFinding): boolean {
  return endedAt === undefined && !kind.startsWith('server-');
}
