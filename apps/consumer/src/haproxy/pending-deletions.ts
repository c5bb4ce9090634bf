import type { Host } from '../host/host.ts';
import type { ProcessId } from '../host/processes.ts';
import { isSameProcess } from '../host/processes.ts';
import type { ServerRemoval } from '@kubefigurator/haproxy-config';
import { deleteServers } from './runtime-api.ts';
import { workerByRuntimeSocket } from './observe.ts';

/** Servers that take no requests any more and are deleted once their last connection is done. */
export interface Removals {
  /** What is left over from earlier workers is forgotten: it went with them. */
  readonly add: (removals: readonly ServerRemoval[], worker: ProcessId) => void;
}

const TRY_EVERY_MS = 5_000;

/** Tries again in the background, as long as there is something to delete. */
export function createRemovals(host: Host, signal: AbortSignal): Removals {
  let waiting: readonly ServerRemoval[] = [];
  let owner: ProcessId | undefined;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });

  function later(): void {
    clearTimeout(timer);
    if (waiting.length === 0 || signal.aborted) return;
    timer = setTimeout(() => void tryAgain(), TRY_EVERY_MS).unref();
  }

  async function tryAgain(): Promise<void> {
    const [batch, worker] = [waiting, owner];
    const isOwners = (await workerByRuntimeSocket(host.sockets.runtime)) === worker?.pid;
    const rest = isOwners ? await deleteServers(host.sockets.runtime, batch).catch(() => batch) : [];
    // Another worker meanwhile may have servers of the same names for good.
    const left = isSameProcess(owner, worker) ? rest : [];
    waiting = [...left, ...waiting.filter((removal) => !batch.includes(removal))];
    later();
  }

  return {
    add: (removals, worker) => {
      waiting = isSameProcess(owner, worker) ? [...waiting, ...removals] : removals;
      owner = worker;
      later();
    },
  };
}
