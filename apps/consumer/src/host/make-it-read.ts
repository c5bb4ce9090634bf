import { execute } from '@kubefigurator/daemon';
import type { Host } from './host.ts';
import { showProcesses } from './master-cli.ts';
import { awaitNewWorker, reloadByMaster } from './reload.ts';
import type { HaproxyState } from './running.ts';
import { workerByRuntimeSocket } from './running.ts';
import type { ProcessId } from './processes.ts';
import { identify } from './processes.ts';

/** What came of making HAProxy read its files again. */
export type ReadResult =
  | { readonly kind: 'read'; readonly worker: ProcessId | undefined }
  | { readonly kind: 'failed'; readonly message: string };

const COMMAND_TIMEOUT_MS = 120_000;

/**
 * Makes HAProxy read its files again in the host's way, and looks for the new worker that proves it.
 * Servers that an operator holds in maintenance or drain are held by the new worker, too.
 * It is never broken off half-way: a stop of this program waits for it.
 */
export async function makeItRead(
  host: Host,
  before: Extract<HaproxyState, { kind: 'up' }>,
): Promise<ReadResult> {
  const restoreHeldServers = await host.keeper.remember();
  const result = await read(host, before);
  if (result.kind === 'read') await restoreHeldServers(result.worker);
  return result;
}

async function read(host: Host, before: Extract<HaproxyState, { kind: 'up' }>): Promise<ReadResult> {
  if (host.way.method === 'reload') {
    if (before.processes === undefined) {
      const hint = 'start HAProxy in master-worker mode with -S, or use --apply-method command';
      return { kind: 'failed', message: `${host.sockets.master}: no master answers there; ${hint}` };
    }
    const result = await reloadByMaster(host.sockets.master, before.processes);
    return result.kind === 'failed' ? result : { kind: 'read', worker: await identify(result.worker) };
  }
  const [program, ...args] = host.way.command;
  const run = await execute(program, args, { timeoutMs: COMMAND_TIMEOUT_MS });
  if (run.code !== 0) {
    const words = run.stderr.trim() || run.stdout.trim();
    return {
      kind: 'failed',
      message: `${host.way.command.join(' ')} ended with ${run.code ?? run.signal ?? 'a signal'}: ${words}`,
    };
  }
  return proveAfterCommand(host, before);
}

/** A command may return before HAProxy is through: the new worker is looked for, and its absence is no failure. */
async function proveAfterCommand(
  host: Host,
  before: Extract<HaproxyState, { kind: 'up' }>,
): Promise<ReadResult> {
  if (
    before.processes !== undefined &&
    (await showProcesses(host.sockets.master).catch(() => undefined)) !== undefined
  ) {
    const result = await awaitNewWorker(host.sockets.master, before.processes);
    return result.kind === 'failed' ? result : { kind: 'read', worker: await identify(result.worker) };
  }
  const pid = await workerByRuntimeSocket(host.sockets.runtime);
  const worker = pid === undefined || pid === before.worker?.pid ? undefined : await identify(pid);
  return { kind: 'read', worker };
}
