import type { DriftFinding, DriftKind } from '@kubefigurator/config-model';
import type { HeldServer } from '../haproxy/held-servers.ts';
import { nameOf } from '../haproxy/held-servers.ts';
import type { HostView } from '../host/host-view.ts';
import type { ProcessId } from '../host/processes.ts';
import { isSameProcess } from '../host/processes.ts';

/** What a host should look like if nobody but us had a hand in it; what is undefined can't be judged. */
export interface Expected {
  readonly file: string;
  readonly fileHash: string | undefined;
  readonly worker: ProcessId | undefined;
  readonly master: number | undefined;
}

/** A difference, without the time it was found. */
export type Drift = Pick<DriftFinding, 'kind' | 'what'>;

/** Compares what is seen with what is expected. */
export function findDrift(
  expected: Expected,
  { haproxy, fileHash }: HostView,
  held: readonly HeldServer[],
): readonly Drift[] {
  const found: Drift[] = [];
  if (expected.fileHash !== undefined && fileHash !== expected.fileHash)
    found.push({ kind: fileHash === undefined ? 'file-missing' : 'file-edited', what: expected.file });
  const process = processDrift(expected, haproxy);
  if (process !== undefined) found.push({ kind: process, what: 'HAProxy' });
  if (haproxy.kind === 'up' && !haproxy.loadsOurFile)
    found.push({ kind: 'file-not-loaded', what: expected.file });
  return [
    ...found,
    ...held.map((server) => ({ kind: `server-${server.state}` as const, what: nameOf(server) })),
  ];
}

function processDrift({ worker, master }: Expected, haproxy: HostView['haproxy']): DriftKind | undefined {
  if (worker === undefined) return undefined;
  if (haproxy.kind === 'down') return 'haproxy-stopped';
  if (haproxy.worker === undefined || isSameProcess(worker, haproxy.worker)) return undefined;
  const sameMaster = master !== undefined && master === haproxy.processes?.master.pid;
  return sameMaster ? 'haproxy-reloaded' : 'haproxy-restarted';
}

/** What an operator did to a server is his business; everything else is ours to set right. */
export function isOurs({ kind }: Pick<Drift, 'kind'>): boolean {
  return !kind.startsWith('server-');
}

/** True for a file that isn't the one we wrote. */
export function isFileDrift({ kind }: Pick<Drift, 'kind'>): boolean {
  return kind === 'file-edited' || kind === 'file-missing';
}

/** What remained, what is new and what is over between two looks. */
export interface DriftNews {
  readonly present: readonly DriftFinding[];
  readonly begun: readonly DriftFinding[];
  readonly ended: readonly DriftFinding[];
}

/** Keeps the time since when each difference has been known. */
export function compareFindings(
  before: readonly DriftFinding[],
  now: readonly Drift[],
  at: string,
): DriftNews {
  const keyOf = ({ kind, what }: Drift): string => `${kind} ${what}`;
  const known = new Map(before.map((finding) => [keyOf(finding), finding]));
  const present = now.map((drift) => known.get(keyOf(drift)) ?? { ...drift, since: at });
  const keys = new Set(now.map(keyOf));
  return {
    present,
    begun: present.filter((finding) => !known.has(keyOf(finding))),
    ended: before
      .filter((finding) => !keys.has(keyOf(finding)))
      .map((finding) => ({ ...finding, endedAt: at })),
  };
}
