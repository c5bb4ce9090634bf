import type { DriftFinding, DriftKind } from '@kubefigurator/config-model';
import type { DamagedFile, HaproxyState, KnownGood, ProcessId } from './observation.ts';

/** A server that an operator took out of service at run time. */
export interface HeldServer {
  readonly backend: string;
  readonly name: string;
  readonly state: 'maint' | 'drain';
}

/** What is known of changes on this host that the agent didn't make. */
export interface DriftRecord {
  /** False until the first observation. */
  readonly hasLooked: boolean;
  /**
   * Hash of the file that should be on disk, if it isn't the one in the ledger: a pass wrote the file and HAProxy isn't
   * known to run it, or the first observation found it.
   */
  readonly fileHash: string | undefined;
  /** The worker that should run, if it isn't the one in the ledger: the first observation found it. */
  readonly worker: ProcessId | undefined;
  /** Process number of HAProxy's master when there was no finding about HAProxy; undefined if it isn't known. */
  readonly master: number | undefined;
  /** The servers that an operator holds, as they were listed last. */
  readonly held: readonly HeldServer[];
  /** The findings that go on. */
  readonly present: readonly DriftFinding[];
  /** The last few findings that have ended. */
  readonly ended: readonly DriftFinding[];
}

export const NO_DRIFT: DriftRecord = {
  hasLooked: false,
  fileHash: undefined,
  worker: undefined,
  master: undefined,
  held: [],
  present: [],
  ended: [],
};

/** What one observation changes in the findings. */
export interface DriftNews {
  readonly begun: readonly DriftFinding[];
  readonly ended: readonly DriftFinding[];
}

/** The facts that drift is determined from. */
export interface DriftFacts {
  readonly haproxy: HaproxyState;
  readonly good: KnownGood | undefined;
  readonly fileHash: string | undefined;
  /** False if somebody else wrote the live file; undefined if that isn't known. */
  readonly isOurFile: boolean | undefined;
  readonly damagedFiles: readonly DamagedFile[];
  readonly held: readonly HeldServer[] | undefined;
}

type Drift = Pick<DriftFinding, 'kind' | 'what'>;

/** How many ended findings are kept. */
const MOST_ENDED = 5;

/** Compares a host with what the last pass left there. `file` is the path of the live file, `at` the time, ISO 8601. */
export function observeDrift(
  before: DriftRecord,
  facts: DriftFacts,
  { file, at }: { readonly file: string; readonly at: string },
): { readonly record: DriftRecord; readonly news: DriftNews } {
  const record = before.hasLooked ? before : acceptAsFound(before, facts);
  // Most observations don't list held servers: they stay as listed before, unless HAProxy has stopped.
  const held = facts.held ?? (facts.haproxy.kind === 'down' ? [] : record.held);
  const found = findDrift(record, { ...facts, held }, file);
  const { present, begun, ended } = compareDriftFindings(record.present, found, at);
  return {
    record: {
      ...record,
      hasLooked: true,
      // Kept while there is a finding about HAProxy, so that a later pass doesn't call a restart a reload.
      master: present.some(({ kind }) => kind.startsWith('haproxy-'))
        ? record.master
        : masterOf(facts.haproxy),
      held,
      present,
      ended: [...record.ended, ...ended].slice(-MOST_ENDED),
    },
    news: { begun, ended },
  };
}

/**
 * The first observation: the live file is compared with the ledger's hash only if the ledger names the worker that
 * runs, or if somebody else wrote the file. What happened to HAProxy before this agent started is no drift.
 */
function acceptAsFound(record: DriftRecord, { haproxy, good, fileHash, isOurFile }: DriftFacts): DriftRecord {
  if (haproxy.kind === 'up' && isSameProcess(good?.ledger.worker, haproxy.worker)) return record;
  const worker = workerOfHaproxy(haproxy);
  return { ...record, fileHash: isOurFile === false ? undefined : fileHash, worker };
}

function findDrift(
  record: DriftRecord,
  { haproxy, good, fileHash, damagedFiles, held }: DriftFacts & { readonly held: readonly HeldServer[] },
  file: string,
): readonly Drift[] {
  const found: Drift[] = fileDrift(record.fileHash ?? good?.ledger.hash, fileHash, file);
  for (const { path, isMissing } of damagedFiles)
    found.push({ kind: isMissing ? 'file-missing' : 'file-edited', what: path });
  const process = processDrift(record.worker ?? good?.ledger.worker, record.master, haproxy);
  if (process !== undefined) found.push({ kind: process, what: 'HAProxy' });
  if (haproxy.kind === 'up' && !haproxy.loadsOurFile) found.push({ kind: 'file-not-loaded', what: file });
  const servers = held.map(({ backend, name, state }) => ({
    kind: `server-${state}` as const,
    what: `${backend}/${name}`,
  }));
  return [...found, ...servers];
}

function fileDrift(expected: string | undefined, found: string | undefined, file: string): Drift[] {
  if (expected === undefined || expected === found) return [];
  return [{ kind: found === undefined ? 'file-missing' : 'file-edited', what: file }];
}

function processDrift(
  expected: ProcessId | undefined,
  master: number | undefined,
  haproxy: HaproxyState,
): DriftKind | undefined {
  if (expected === undefined) return undefined;
  if (haproxy.kind === 'down') return 'haproxy-stopped';
  if (haproxy.worker === undefined || isSameProcess(expected, haproxy.worker)) return undefined;
  const isSameMaster = master !== undefined && master === masterOf(haproxy);
  return isSameMaster ? 'haproxy-reloaded' : 'haproxy-restarted';
}

/** What began and ended since before; a finding that goes on keeps the time at which it was found first. */
export function compareDriftFindings(
  before: readonly DriftFinding[],
  now: readonly Drift[],
  at: string,
): { readonly present: readonly DriftFinding[] } & DriftNews {
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

/** True if the live file, or a file that it names beside it, isn't as we wrote it, or is gone. */
export function isFileEdited(drift: Pick<DriftRecord, 'present'>): boolean {
  return editedFile(drift) !== undefined;
}

/** The path of the first file that somebody edited or removed; undefined if there is none. */
export function editedFile({ present }: Pick<DriftRecord, 'present'>): string | undefined {
  return present.find(({ kind }) => kind === 'file-edited' || kind === 'file-missing')?.what;
}

/** The worker that takes new connections; undefined if HAProxy isn't running, or has none. */
export function workerOfHaproxy(haproxy: HaproxyState): ProcessId | undefined {
  return haproxy.kind === 'up' ? haproxy.worker : undefined;
}

/** False if either is unknown. */
export function isSameProcess(a: ProcessId | undefined, b: ProcessId | undefined): boolean {
  return a !== undefined && a.pid === b?.pid && a.startTicks === b.startTicks;
}

function masterOf(haproxy: HaproxyState): number | undefined {
  return haproxy.kind === 'up' ? haproxy.processes?.master.pid : undefined;
}
