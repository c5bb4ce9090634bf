import type { DriftFinding, DriftKind, Outcome } from '@kubefigurator/config-model';
import type { Logger } from '@kubefigurator/daemon';
import type { Drift, DriftNews } from './drift-findings.ts';
import { compareFindings, findDrift, isFileDrift, isOurs } from './drift-findings.ts';
import type { HeldServer } from '../haproxy/held-servers.ts';
import { findHeldServers } from '../haproxy/held-servers.ts';
import type { Host } from '../host/host.ts';
import type { HostView } from '../host/host-view.ts';
import { createHostViewer } from '../host/host-view.ts';
import type { ProcessId } from '../host/processes.ts';
import { isSameProcess } from '../host/processes.ts';
import type { Ledger } from '../state/ledger.ts';
import { isServing } from '../status/describe.ts';

export interface DriftWatchOptions {
  readonly host: Host;
  readonly log: Logger;
  /** Counts passes as they begin and end: odd while one runs. */
  readonly epoch: () => number;
  /** Called with what a look found, also when it is nothing new. */
  readonly onLook: (news: DriftNews) => void;
}

interface Scan {
  readonly held: readonly HeldServer[];
  /** When the next one may be, in milliseconds of the monotonic clock. */
  readonly scanAt: number;
}

/** Notices what other hands than ours did to a host. */
export interface DriftWatch {
  /** Looks, and reports what changed; true where a pass may set something right and none was asked for yet. */
  readonly look: () => Promise<boolean>;
  /** Tells what a pass made of the host: from here on this is how it should look. */
  readonly settle: (outcome: Outcome) => Promise<void>;
  /** A fresh look at the file alone. */
  readonly isFileEdited: () => Promise<boolean>;
  /** What is different now, and the last few differences that are over. */
  readonly findings: () => readonly DriftFinding[];
  /** The last look at the host. */
  readonly view: () => HostView | undefined;
}

/** A listing of all servers costs HAProxy something: it gets this many times its duration to rest. */
const REST = 300;
const LONGEST_REST_MS = 45_000;
const MOST_ENDED = 5;
const MOST_NAMES = 10;
/** Routine on many hosts, such as after a certificate was renewed. */
const ROUTINE: ReadonlySet<DriftKind> = new Set(['haproxy-reloaded', 'haproxy-restarted']);

export function createDriftWatch({ host, log, epoch, onLook }: DriftWatchOptions): DriftWatch {
  const viewHost = createHostViewer(host);
  let view: HostView | undefined;
  let present: readonly DriftFinding[] = [];
  let over: readonly DriftFinding[] = [];
  let held: readonly HeldServer[] = [];
  let scanAt = 0;
  let askedFor = '';
  /** Undefined: what the ledger says. A file that HAProxy doesn't run yet is in no ledger. */
  let installedHash: string | undefined;
  /** The worker found by the first look, where the ledger doesn't know it and no pass has been there yet. */
  let foundWorker: ProcessId | undefined;
  let isFirst = true;

  async function look(): Promise<boolean> {
    const began = epoch();
    const [seen, good] = await Promise.all([viewHost(), host.state.read()]);
    const shown = await scan(seen);
    // What a pass does meanwhile is no drift, and its servers may be half changed.
    if (began % 2 === 1 || epoch() !== began) return false;
    if (shown !== undefined) ({ held, scanAt } = shown);
    if (isFirst) begin(seen, good?.ledger);
    const expected = {
      file: host.live.path,
      fileHash: installedHash ?? good?.ledger.hash,
      worker: foundWorker ?? good?.ledger.worker,
      master: masterOf(view),
    };
    isFirst = false;
    view = seen;
    return report(findDrift(expected, seen, held));
  }

  /**
   * Only a worker that the ledger names says that the file must be what the ledger says, and what became of HAProxy
   * before this agent was there is nobody's drift.
   */
  function begin({ haproxy, fileHash }: HostView, ledger: Ledger | undefined): void {
    if (haproxy.kind === 'up' && isSameProcess(ledger?.worker, haproxy.worker)) return;
    installedHash ??= fileHash;
    foundWorker = haproxy.kind === 'up' ? haproxy.worker : undefined;
  }

  /** Undefined where it isn't time yet for another listing. */
  async function scan({ haproxy }: HostView): Promise<Scan | undefined> {
    if (haproxy.kind === 'down') return { held: [], scanAt };
    const began = performance.now();
    if (began < scanAt) return undefined;
    const servers = await findHeldServers(host.sockets.runtime, host.state).catch(() => []);
    const ended = performance.now();
    return { held: servers, scanAt: ended + Math.min(LONGEST_REST_MS, (ended - began) * REST) };
  }

  function report(found: readonly Drift[]): boolean {
    const news = compareFindings(present, found, new Date().toISOString());
    present = news.present;
    over = [...over, ...news.ended].slice(-MOST_ENDED);
    for (const [kind, what] of byKind(news.begun))
      log[ROUTINE.has(kind) ? 'info' : 'warn']({ kind, ...what }, 'drift.found');
    for (const [kind, what] of byKind(news.ended)) log.info({ kind, ...what }, 'drift.ended');
    onLook(news);
    const ours = present.filter(isOurs);
    const key = ours.length === 0 ? '' : JSON.stringify([ours, view?.fileHash, workerOf(view)]);
    const isNew = key !== '' && key !== askedFor;
    askedFor = key;
    return isNew;
  }

  async function settle(outcome: Outcome): Promise<void> {
    if (isServing(outcome) || (outcome.kind === 'postponed' && outcome.serversChanged)) {
      installedHash = undefined;
      foundWorker = undefined;
      isFirst = false;
    } else if (outcome.kind === 'not-running' || outcome.kind === 'not-loaded' || outcome.kind === 'failed') {
      installedHash = (await viewHost()).fileHash;
    }
  }

  async function isFileEdited(): Promise<boolean> {
    const [seen, good] = await Promise.all([viewHost(), host.state.read()]);
    const expected = installedHash ?? good?.ledger.hash;
    return expected !== undefined && expected !== seen.fileHash;
  }

  return { look, settle, isFileEdited, findings: () => [...present, ...over], view: () => view };
}

function masterOf(view: HostView | undefined): number | undefined {
  return view?.haproxy.kind === 'up' ? view.haproxy.processes?.master.pid : undefined;
}

function workerOf(view: HostView | undefined): number | undefined {
  return view?.haproxy.kind === 'up' ? view.haproxy.worker?.pid : undefined;
}

/** One line for each kind, since a node may be drained in a thousand backends. */
function byKind(
  findings: readonly DriftFinding[],
): Map<DriftKind, { readonly count: number; readonly what: readonly string[] }> {
  const kinds = new Map<DriftKind, string[]>();
  for (const { kind, what } of findings) {
    const same = kinds.get(kind);
    if (same === undefined) kinds.set(kind, [what]);
    else same.push(what);
  }
  return new Map(
    [...kinds].map(([kind, all]) => [kind, { count: all.length, what: all.slice(0, MOST_NAMES) }]),
  );
}

/** True where our file is not what we wrote. */
export function hasFileDrift(findings: readonly DriftFinding[]): boolean {
  return findings.some((finding) => finding.endedAt === undefined && isFileDrift(finding));
}
