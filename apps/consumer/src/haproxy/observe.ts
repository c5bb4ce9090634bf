import type { HaproxyState, ShownProcesses } from '@kubefigurator/rollout';
import { isSameProcess } from '@kubefigurator/rollout';
import type { LastKnownGood } from '../state/ledger.ts';
import type { Installed } from '../host/installed.ts';
import { hasWorkerReadFile } from '../host/installed.ts';
import type { TextOnDisk } from '../host/text-file.ts';
import { askHaproxy, showHaproxyProcesses } from './cli.ts';
import { configFilesOf, processIdentity, haproxyLoadsFile } from '../host/processes.ts';

export interface Sockets {
  readonly master: string;
  readonly runtime: string;
}

/** Looks for a running HAProxy: by its master socket, else by its runtime socket. */
export async function observeHaproxy(sockets: Sockets, liveFile: string): Promise<HaproxyState> {
  const processes = await showHaproxyProcesses(sockets.master).catch((error: unknown) => reasonOf(error));
  if (typeof processes !== 'string') {
    const [workerPid] = processes.workers.length > 0 ? processes.workers : processes.oldWorkers;
    return describeHaproxy(processes, processes.master.pid, { workerPid, liveFile });
  }
  const workerPid = await workerByRuntimeSocket(sockets.runtime);
  if (workerPid === undefined) return { kind: 'down', reason: `${sockets.master}: ${processes}` };
  return describeHaproxy(undefined, workerPid, { workerPid, liveFile });
}

async function describeHaproxy(
  processes: ShownProcesses | undefined,
  /** The process whose command line names the config files: the master, else the only one. */
  configPid: number,
  { workerPid, liveFile }: { readonly workerPid: number | undefined; readonly liveFile: string },
): Promise<HaproxyState> {
  const [configFiles, worker] = await Promise.all([
    configFilesOf(configPid),
    workerPid === undefined ? undefined : processIdentity(workerPid),
  ]);
  // HAProxy is taken to load our file if its command line can't be read.
  const loadsOurFile = configFiles === undefined || (await haproxyLoadsFile(configFiles, liveFile));
  return { kind: 'up', processes, worker, configFiles, loadsOurFile };
}

/**
 * The PID of the process that answers on the runtime socket (`show info`, management guide, section 9.3); undefined
 * if none does.
 */
export async function workerByRuntimeSocket(socketFile: string): Promise<number | undefined> {
  const answer = await askHaproxy(socketFile, 'show info').catch(() => '');
  const pid = Number(/^Pid: (\d+)$/m.exec(answer)?.[1]);
  return Number.isSafeInteger(pid) ? pid : undefined;
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such socket';
  if (code === 'ECONNREFUSED') return 'no process listens on the socket';
  if (code === 'EACCES') return 'this user may not use the socket';
  return error instanceof Error ? error.message : String(error);
}

/** The facts that can prove which text HAProxy runs. */
export interface Evidence {
  readonly good: LastKnownGood | undefined;
  readonly onDisk: TextOnDisk | undefined;
  readonly installed: Installed | undefined;
  /** True if a file that `dynamic.cfg` names isn't what the agent wrote: a worker may have read the wrong content. */
  readonly isDamaged: boolean;
  /** The id of this boot. */
  readonly bootId: string | undefined;
}

/**
 * The text that the worker is known to run: the ledger's if the ledger names this worker, or the file's if the worker
 * has surely read the file that was installed last. Otherwise undefined: only a reload can prove what runs.
 */
export function runningText(
  state: HaproxyState,
  { good, onDisk, installed, isDamaged, bootId }: Evidence,
): string | undefined {
  if (state.kind === 'down' || state.worker === undefined || !state.loadsOurFile) return undefined;
  if (good !== undefined && isSameProcess(good.ledger.worker, state.worker)) return good.release.text;
  if (onDisk === undefined || isDamaged) return undefined;
  const { startTicks } = state.worker;
  return hasWorkerReadFile({ startTicks, bootId }, onDisk, installed) ? onDisk.text : undefined;
}
