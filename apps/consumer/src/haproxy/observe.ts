import type { LastKnownGood } from '../state/ledger.ts';
import { hashText } from '../host/release-hash.ts';
import type { TextOnDisk } from '../host/text-file.ts';
import type { ShownProcesses } from './cli.ts';
import { askHaproxy, showProcesses } from './cli.ts';
import type { ProcessId } from '../host/processes.ts';
import { configFilesOf, identify, isSameProcess, loads, startedAt } from '../host/processes.ts';

/** HAProxy on this host, as far as it can be seen. */
export type HaproxyState =
  | { readonly kind: 'down'; readonly reason: string }
  | {
      readonly kind: 'up';
      /** Undefined without a master socket. */
      readonly processes: ShownProcesses | undefined;
      readonly worker: ProcessId | undefined;
      /** The files it was started with; undefined where they can't be seen. */
      readonly configFiles: readonly string[] | undefined;
      readonly loadsOurFile: boolean;
    };

export interface Sockets {
  readonly master: string;
  readonly runtime: string;
}

/** Looks for a running HAProxy: by its master socket, else by its runtime socket. */
export async function observeHaproxy(sockets: Sockets, liveFile: string): Promise<HaproxyState> {
  const processes = await showProcesses(sockets.master).catch((error: unknown) => reasonOf(error));
  if (typeof processes !== 'string') {
    const [pid] = processes.workers.length > 0 ? processes.workers : processes.oldWorkers;
    return describe(processes, processes.master.pid, { workerPid: pid, liveFile });
  }
  const workerPid = await workerByRuntimeSocket(sockets.runtime);
  if (workerPid === undefined) return { kind: 'down', reason: `${sockets.master}: ${processes}` };
  return describe(undefined, workerPid, { workerPid, liveFile });
}

async function describe(
  processes: ShownProcesses | undefined,
  pid: number,
  { workerPid, liveFile }: { readonly workerPid: number | undefined; readonly liveFile: string },
): Promise<HaproxyState> {
  const [configFiles, worker] = await Promise.all([
    configFilesOf(pid),
    workerPid === undefined ? undefined : identify(workerPid),
  ]);
  const loadsOurFile = configFiles === undefined || (await loads(configFiles, liveFile));
  return { kind: 'up', processes, worker, configFiles, loadsOurFile };
}

/** The process number that answers on the runtime socket (`show info`, management guide, section 9.3). */
export async function workerByRuntimeSocket(socketFile: string): Promise<number | undefined> {
  const answer = await askHaproxy(socketFile, 'show info').catch(() => '');
  const pid = Number(/^Pid: (\d+)$/m.exec(answer)?.[1]);
  return Number.isSafeInteger(pid) ? pid : undefined;
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such socket';
  if (code === 'ECONNREFUSED') return 'nobody listens on the socket';
  if (code === 'EACCES') return 'this user may not use the socket';
  return error instanceof Error ? error.message : String(error);
}

/** A worker that started this long after the file changed has read that file. */
const READ_MARGIN_MS = 5_000;

/**
 * The text the worker is known to run, or undefined where nobody can know: the ledger's text when the ledger names
 * this worker, or the file's when the worker started well after the file was last written.
 */
export async function provenText(
  state: HaproxyState,
  good: LastKnownGood | undefined,
  onDisk: TextOnDisk | undefined,
): Promise<string | undefined> {
  if (state.kind === 'down' || state.worker === undefined || !state.loadsOurFile) return undefined;
  if (good !== undefined && isSameProcess(good.ledger.worker, state.worker)) return good.release.text;
  const readSince = (onDisk?.changedAt ?? Number.POSITIVE_INFINITY) + READ_MARGIN_MS;
  return (await startedAt(state.worker)) > readSince ? onDisk?.text : undefined;
}

/** True where the ledger already says that this worker runs this text. */
export function isRecorded(
  good: LastKnownGood | undefined,
  text: string,
  worker: ProcessId | undefined,
): boolean {
  return good?.ledger.hash === hashText(text) && isSameProcess(good.ledger.worker, worker);
}
