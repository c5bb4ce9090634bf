import type { ProcessId } from '@kubefigurator/rollout';
import { isSameProcess } from '@kubefigurator/rollout';
import type { ServerRemoval } from '@kubefigurator/haproxy-config';
import { processIdentity } from '../host/processes.ts';
import { workerByRuntimeSocket } from './observe.ts';
import { deleteServers } from './runtime-api.ts';

/** Servers that take no new requests and are deleted once their last connection has ended. */
export interface PendingDeletions {
  /** Servers of an earlier worker are forgotten: they ended with it. */
  readonly add: (removals: readonly ServerRemoval[], worker: ProcessId) => void;
}

export interface PendingDeletionsOptions {
  readonly signal: AbortSignal;
  readonly everyMs?: number;
}

const TRY_EVERY_MS = 5_000;

/**
 * Tries to delete the servers in the background, until all are deleted, or their worker has ended or been replaced.
 */
export function createPendingDeletions(
  runtimeSocket: string,
  { signal, everyMs = TRY_EVERY_MS }: PendingDeletionsOptions,
): PendingDeletions {
  let waiting: readonly ServerRemoval[] = [];
  /** The worker that has the waiting servers. */
  let owner: ProcessId | undefined;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });

  function schedule(): void {
    clearTimeout(timer);
    if (waiting.length === 0 || signal.aborted) return;
    timer = setTimeout(() => void tryAgain(), everyMs).unref();
  }

  async function tryAgain(): Promise<void> {
    const [batch, worker] = [waiting, owner];
    const rest = worker === undefined ? [] : await tryToDelete(runtimeSocket, batch, worker);
    // If the worker changed meanwhile, servers of the same names in the new worker must not be deleted.
    const left = isSameProcess(owner, worker) ? rest : [];
    waiting = [...left, ...waiting.filter((removal) => !batch.includes(removal))];
    schedule();
  }

  return {
    add: (removals, worker) => {
      waiting = isSameProcess(owner, worker) ? [...waiting, ...removals] : removals;
      owner = worker;
      schedule();
    },
  };
}

/**
 * Returns those that are still to be deleted: all of them if HAProxy doesn't answer while the worker's process still
 * exists, none if another worker answers or the worker's process is gone.
 */
async function tryToDelete(
  runtimeSocket: string,
  batch: readonly ServerRemoval[],
  worker: ProcessId,
): Promise<readonly ServerRemoval[]> {
  const answering = await workerByRuntimeSocket(runtimeSocket);
  if (answering === worker.pid) return deleteServers(runtimeSocket, batch).catch(() => batch);
  const isAlive = answering === undefined && isSameProcess(worker, await processIdentity(worker.pid));
  return isAlive ? batch : [];
}
