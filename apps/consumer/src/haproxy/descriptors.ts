import { readFile } from 'node:fs/promises';
import type { DescriptorRoom, GlobalLimits } from '@kubefigurator/haproxy-config';
import { countDescriptors } from '@kubefigurator/haproxy-config';
import type { HaproxyState, Observation, ProcessId } from '@kubefigurator/rollout';
import { isSameProcess, workerOfHaproxy } from '@kubefigurator/rollout';
import { askHaproxy } from './cli.ts';

/** How many file descriptors HAProxy has and needs. */
export interface Descriptors {
  /**
   * Asks each worker, until it answers, how many it needs besides those of the text, before servers are changed at run time. Never
   * throws.
   */
  readonly observe: (observation: Pick<Observation, 'haproxy' | 'running' | 'good'>) => Promise<void>;
  /** The room for those of a text; undefined if it isn't known, or if HAProxy starts with fewer than it needs. */
  readonly room: (haproxy: HaproxyState, limits: GlobalLimits) => Promise<DescriptorRoom | undefined>;
}

/**
 * HAProxy computes at least so many connections if there is no `maxconn` (`DEFAULT_MAXCONN`), each with two sockets.
 */
const FEWEST_CONNECTIONS = 100;
/** A socket that hangs may delay an observation once in this time. */
const TRY_AGAIN_MS = 30_000;
/** If the ledger has one of these methods, its worker has read the text as a whole. */
const METHODS_READING_ALL = new Set(['reload', 'restart', 'command']);
/** The bit of this capability (capabilities(7)). */
const CAP_SYS_RESOURCE = 24n;

export function createDescriptors(runtimeSocket: string): Descriptors {
  let asked:
    { readonly worker: ProcessId; readonly usage: Usage | undefined; readonly againAt: number } | undefined;
  const isDue = (worker: ProcessId): boolean =>
    asked === undefined || !isSameProcess(asked.worker, worker) || performance.now() >= asked.againAt;

  return {
    observe: async ({ haproxy, running, good }) => {
      const worker = workerOfHaproxy(haproxy);
      if (worker === undefined || running === undefined || !isDue(worker)) return;
      const info = await askHaproxy(runtimeSocket, 'show info').catch(() => '');
      const isOfWorker = new RegExp(`^Pid: ${worker.pid}$`, 'm').test(info);
      const neededAtStart = isAsStarted(worker, good) ? countDescriptors(running.config) : undefined;
      asked = isOfWorker
        ? { worker, usage: parseDescriptorUsage(info, neededAtStart), againAt: Infinity }
        : { worker, usage: undefined, againAt: performance.now() + TRY_AGAIN_MS };
    },
    room: async (haproxy, limits) => {
      if (haproxy.kind === 'down' || !isSameProcess(asked?.worker, workerOfHaproxy(haproxy)))
        return undefined;
      const most = await descriptorLimit(haproxy);
      const usage = asked?.usage;
      return usage === undefined || most === undefined ? undefined : descriptorRoomOf(usage, most, limits);
    },
  };
}

/** True if the worker has the servers that it started with: HAProxy doesn't count those added at run time. */
function isAsStarted(worker: ProcessId, good: Observation['good']): boolean {
  return (
    good === undefined ||
    !isSameProcess(good.ledger.worker, worker) ||
    METHODS_READING_ALL.has(good.ledger.method)
  );
}

/** What `show info` says of a worker. */
export interface Usage {
  /** Descriptors besides those of the text, of connections and of pipes. */
  readonly overhead: number;
  readonly connections: number;
  readonly pipes: number;
}

/**
 * Reads `show info`. `neededAtStart` is how many descriptors the text needs that the worker started with; if it is
 * undefined, the overhead counts as 0. Undefined if `info` lacks a number.
 */
export function parseDescriptorUsage(info: string, neededAtStart: number | undefined): Usage | undefined {
  const [sockets, connections, pipes] = ['Maxsock', 'Hard_maxconn', 'Maxpipes'].map((name) =>
    Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(info)?.[1]),
  );
  if (!isCount(sockets) || !isCount(connections) || !isCount(pipes)) return undefined;
  // A connection has two sockets, a pipe two ends.
  const fixed = sockets - 2 * connections - 2 * pipes;
  const overhead = neededAtStart === undefined ? 0 : Math.max(0, fixed - neededAtStart);
  return { overhead, connections, pipes };
}

function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value);
}

/**
 * `most` is how many descriptors the process may have. Undefined without `strict-limits`: HAProxy then starts with
 * fewer descriptors than it needs.
 */
export function descriptorRoomOf(
  usage: Usage,
  most: number,
  limits: GlobalLimits,
): DescriptorRoom | undefined {
  if (!limits.isStrict) return undefined;
  const { overhead, connections, pipes } = usage;
  // Without `maxconn` HAProxy lowers its connections and pipes if it checks more servers, so its minimum counts.
  const isFixed = limits.connections === connections;
  return {
    most: Math.min(most, limits.descriptors),
    overhead,
    connections: isFixed ? 2 * connections + 2 * pipes : 2 * FEWEST_CONNECTIONS,
  };
}

/** How many descriptors HAProxy may give itself; undefined if that can't be read. */
async function descriptorLimit({
  processes,
  worker,
}: Extract<HaproxyState, { kind: 'up' }>): Promise<number | undefined> {
  const pid = processes?.master.pid ?? worker?.pid;
  const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
  const files = [`/proc/${pid}/limits`, `/proc/${pid}/status`, '/proc/sys/fs/nr_open'];
  const [limits = '', status = '', nrOpen = ''] = await Promise.all(files.map(read));
  return parseDescriptorLimit(limits, status, nrOpen);
}

/**
 * Reads /proc/<pid>/limits, /proc/<pid>/status and /proc/sys/fs/nr_open. It gives the hard limit of the process, or
 * nr_open if CAP_SYS_RESOURCE lets the process raise it. Undefined if one of the files is missing.
 */
export function parseDescriptorLimit(limits: string, status: string, nrOpen: string): number | undefined {
  const hard = /^Max open files +\S+ +(\d+|unlimited) /m.exec(limits)?.[1];
  const capabilities = /^CapEff:\s+([0-9a-f]+)$/m.exec(status)?.[1];
  const highest = Number(nrOpen.trim());
  if (hard === undefined || capabilities === undefined || !(highest > 0)) return undefined;
  const mayRaise = ((BigInt(`0x${capabilities}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
  return mayRaise || hard === 'unlimited' ? highest : Number(hard);
}
