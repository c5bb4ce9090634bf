/** A change on a host that this agent didn't make. */
export type DriftKind =
  | 'file-edited'
  | 'file-missing'
  | 'haproxy-stopped'
  | 'haproxy-restarted'
  | 'haproxy-reloaded'
  | 'file-not-loaded'
  | 'server-maint'
  | 'server-drain';

/** One difference from what the last pass left on the host. Times are ISO 8601 in UTC. */
export interface DriftFinding {
  readonly kind: DriftKind;
  /** The file, the process, or `backend/server`. */
  readonly what: string;
  readonly since: string;
  /** When it was found to be over, whether we repaired it or somebody undid it; undefined while it is present. */
  readonly endedAt?: string;
}

/** How many findings of a kind are present; a kind without one is absent. */
export type DriftCounts = Readonly<Partial<Record<DriftKind, number>>>;

const KINDS: Readonly<Record<DriftKind, true>> = {
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
export const DRIFT_KINDS = Object.keys(KINDS) as readonly DriftKind[];

/** True if a finding of this kind means that the host isn't in sync; a server that an operator holds doesn't mean that. */
export function isHostDrift(kind: DriftKind): boolean {
  return !kind.startsWith('server-');
}

/** True for a finding that isn't over. */
export function isOngoing({ endedAt }: DriftFinding): boolean {
  return endedAt === undefined;
}

/** Counts what is present, by kind. */
export function countPresent(findings: readonly DriftFinding[]): DriftCounts {
  const counts: Partial<Record<DriftKind, number>> = {};
  for (const { kind } of findings.filter(isOngoing)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
