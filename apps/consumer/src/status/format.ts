import type { HaproxyState } from '@kubefigurator/rollout';
import type { Blame, DriftFinding, HostStatus } from '@kubefigurator/config-model';
import { describeCertificate, describeFreeze, formatSource } from '@kubefigurator/config-model';

/** What is known of this host right now, without etcd. */
export interface StatusReport {
  readonly inSync: boolean;
  /** Why the host isn't in sync, a sentence each. */
  readonly troubles: readonly string[];
  /** What else has to be corrected, a sentence each. */
  readonly warnings: readonly string[];
  /** The holder of the host's lock; undefined if no agent runs. */
  readonly agent: string | undefined;
  /** Present if `status` is older than what the running agent knows. */
  readonly isOld?: true;
  readonly haproxy: HaproxyState;
  /** What the agent wrote last. */
  readonly status: HostStatus;
}

/** Nothing is known of this host; the one trouble says why. */
export interface UnknownReport {
  readonly inSync: false;
  readonly troubles: readonly [string];
  readonly host: string;
}

/** A status for people: one line with the verdict, then one line for each fact. */
export function formatHostStatus(report: StatusReport): string {
  const { status, troubles, warnings } = report;
  const rows = [
    ['config', describeConfig(report)],
    ['outcome', describeOutcomeOf(report)],
    ['HAProxy', describeHaproxy(report)],
    ['agent', describeAgent(report)],
    ['etcd', status.blindSince === undefined ? 'heard' : `not heard since ${status.blindSince}`],
    ['frozen', status.frozen === undefined ? 'no' : describeFreeze(status.frozen)],
    ...status.leftOut.map((blame) => ['left out', describeLeftOut(blame)]),
    ...moreOf('left out', status.leftOutCount - status.leftOut.length),
    ...status.drift.map((finding) => ['drift', describeDrift(finding)]),
    ...moreOf('drift', (status.driftCount ?? 0) - status.drift.length),
    ...(status.certificates ?? []).map((each) => ['TLS', describeCertificate(each)]),
    ...moreOf('TLS', (status.certificateCount ?? 0) - (status.certificates?.length ?? 0)),
  ];
  const verdict = troubles.length === 0 ? 'in sync' : `NOT IN SYNC: ${troubles.join('; ')}`;
  const head = [`${status.host}: ${verdict}`, ...warnings.map((warning) => `WARNING: ${warning}`)].join('; ');
  const lines = rows.map(([name = '', text = '']) => `  ${name.padEnd(8)}  ${text}`);
  return `${[head, ...lines].join('\n')}\n`;
}

/** One more row if there are entries that the status doesn't list. */
function moreOf(name: string, count: number): readonly (readonly [string, string])[] {
  return count > 0 ? [[name, `${count} more`]] : [];
}

function describeConfig({ status: { applied, seen } }: StatusReport): string {
  const runs =
    applied === undefined
      ? 'nothing applied yet'
      : `revision ${applied.revision} (${applied.how}) since ${applied.at}`;
  return `${runs}; etcd has ${seen?.revision === undefined ? 'none' : `revision ${seen.revision}`}`;
}

function describeOutcomeOf({ status: { outcome } }: StatusReport): string {
  return outcome === undefined ? 'none yet' : `${outcome.summary} (${outcome.at}, ${outcome.durationMs} ms)`;
}

function describeHaproxy({ haproxy, status }: StatusReport): string {
  if (haproxy.kind === 'down') return `not running: ${haproxy.reason}`;
  const version = haproxy.processes?.master.version ?? status.versions.haproxy ?? 'of an unknown version';
  const old = haproxy.processes?.oldWorkers.length ?? 0;
  return `${version}, worker ${haproxy.worker?.pid ?? 'unknown'}, old workers ${old}`;
}

function describeAgent({ agent, status, isOld }: StatusReport): string {
  if (agent === undefined) return `${status.versions.consumer}, NOT RUNNING`;
  // An old status may be of the agent before this one.
  const since = isOld === true ? '' : ` since ${status.startedAt}`;
  return `${status.versions.consumer}, running as ${agent}${since}`;
}

function describeLeftOut({ sources, message }: Blame): string {
  return sources.length === 0 ? message : `${sources.map(formatSource).join(', ')}: ${message}`;
}

function describeDrift({ kind, what, since, endedAt }: DriftFinding): string {
  return `${kind} ${what} since ${since}${endedAt === undefined ? '' : `, over since ${endedAt}`}`;
}
