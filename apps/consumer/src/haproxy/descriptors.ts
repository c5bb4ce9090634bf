import { readFile } from 'node:fs/promises';
import type { DescriptorRoom, GlobalLimits } from '@kubefigurator/haproxy-config';
import { countDescriptors } from '@kubefigurator/haproxy-config';
import type { HaproxyState, Observation, ProcessId } from '@kubefigurator/rollout';
import { isSameProcess, workerOfHaproxy } from '@kubefigurator/rollout';
import { askHaproxy } from './cli.ts';

/** How many file descriptors HAProxy has and needs. */
export interface Descriptors {
  /** Asks a worker once what it needs besides the text, before servers are changed at run time. Never throws. */
  readonly observe: (observation: Pick<Observation, 'haproxy' | 'running' | 'good'>) => Promise<void>;
  /** Undefined if it isn't known, or if HAProxy starts with fewer descriptors than it needs. */
  readonly room: (haproxy: HaproxyState, limits: GlobalLimits) => Promise<DescriptorRoom | undefined>;
}

/** HAProxy computes at least so many connections if there is no `maxconn` (`DEFAULT_MAXCONN`), each with two sockets. */
const FEWEST_CONNECTIONS = 100;
/** Methods after which HAProxy has read the text of the ledger as a whole. */
const READS_ALL = new Set(['reload', 'restart', 'command']);
const CAP_SYS_RESOURCE = 24n;

export function createDescriptors(runtimeSocket: string): Descriptors {
  let seen: { readonly worker: ProcessId; readonly usage: Usage | undefined } | undefined;

  return {
    observe: async ({ haproxy, running, good }) => {
      const worker = workerOfHaproxy(haproxy);
      if (worker === undefined || running === undefined || isSameProcess(seen?.worker, worker)) return;
      const info = await askHaproxy(runtimeSocket, 'show info').catch(() => '');
      const started = isAsStarted(worker, good) ? countDescriptors(running.config) : undefined;
      const isOfWorker = new RegExp(`^Pid: ${worker.pid}$`, 'm').test(info);
      seen = { worker, usage: isOfWorker ? parseDescriptorUsage(info, started) : undefined };
    },
    room: async (haproxy, limits) => {
      if (haproxy.kind === 'down' || !isSameProcess(seen?.worker, workerOfHaproxy(haproxy))) return undefined;
      const most = await descriptorLimit(haproxy);
      const usage = seen?.usage;
      return usage === undefined || most === undefined ? undefined : descriptorRoomOf(usage, most, limits);
    },
  };
}

/** False if servers may have been added at run time, which HAProxy doesn't count. */
function isAsStarted(worker: ProcessId, good: Observation['good']): boolean {
  return (
    good === undefined || !isSameProcess(good.ledger.worker, worker) || READS_ALL.has(good.ledger.method)
  );
}

/** What `show info` says of a worker. */
export interface Usage {
  /** Descriptors besides those of the text and of connections. */
  readonly overhead: number;
  readonly connections: number;
  readonly pipes: number;
}

/**
 * Reads `show info`; `started` is what the text needs with which the worker was started. Without it nothing is taken
 * to be needed besides. Undefined if a number is missing.
 */
export function parseDescriptorUsage(info: string, started: number | undefined): Usage | undefined {
  const [sockets, connections, pipes] = ['Maxsock', 'Hard_maxconn', 'Maxpipes'].map((name) =>
    Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(info)?.[1]),
  );
  if (!isCount(sockets) || !isCount(connections) || !isCount(pipes)) return undefined;
  const fixed = sockets - 2 * connections - 2 * pipes;
  return { overhead: started === undefined ? 0 : Math.max(0, fixed - started), connections, pipes };
}

function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value);
}

/** `most` is what the process may have. */
export function descriptorRoomOf(
  usage: Usage,
  most: number,
  limits: GlobalLimits,
): DescriptorRoom | undefined {
  if (!limits.isStrict) return undefined;
  const { overhead, connections, pipes } = usage;
  // Without `maxconn` HAProxy has fewer connections and pipes, the more servers it checks.
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
  const [limits = '', status = '', most = ''] = await Promise.all(files.map(read));
  return parseDescriptorLimit(limits, status, most);
}

/**
 * Reads /proc/<pid>/limits, /proc/<pid>/status and /proc/sys/fs/nr_open: a process with CAP_SYS_RESOURCE may raise its
 * hard limit. Undefined if one of them is missing.
 */
export function parseDescriptorLimit(limits: string, status: string, most: string): number | undefined {
  const hard = /^Max open files +\S+ +(\d+|unlimited) /m.exec(limits)?.[1];
  const capabilities = /^CapEff:\s+([0-9a-f]+)$/m.exec(status)?.[1];
  const highest = Number(most.trim());
  if (hard === undefined || capabilities === undefined || !(highest > 0)) return undefined;
  const mayRaise = ((BigInt(`0x${capabilities}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
  return mayRaise || hard === 'unlimited' ? highest : Number(hard);
}
