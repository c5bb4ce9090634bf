import type { HaproxyState, ProcessId } from '@kubefigurator/rollout';
import { describeFailure, runChild } from '@kubefigurator/daemon';
import type { Host } from '../host/host.ts';
import { showHaproxyProcesses } from './cli.ts';
import type { ReloadResult } from './reload.ts';
import { awaitNewWorker, reloadByMaster } from './reload.ts';
import { workerByRuntimeSocket } from './observe.ts';
import { processIdentity } from '../host/processes.ts';

/** The result of making HAProxy read its files again; `worker` is undefined if no new worker was seen to prove it. */
export type ReadResult =
  | { readonly kind: 'read'; readonly worker: ProcessId | undefined }
  | { readonly kind: 'failed'; readonly message: string };

const COMMAND_TIMEOUT_MS = 120_000;

/**
 * Makes HAProxy read its files again, by the master CLI or the host's own command, and finds the new worker that
 * proves it. Servers that an operator put into maintenance or drain stay in that state in the new worker. A stop of
 * this program doesn't abort it: the new worker is awaited first.
 */
export async function activate(host: Host, before: HaproxyState): Promise<ReadResult> {
  const restoreHeldServers = await host.adminState.remember();
  const result = await makeHaproxyRead(host, before);
  if (result.kind === 'read') await restoreHeldServers(result.worker);
  return result;
}

async function makeHaproxyRead(host: Host, before: HaproxyState): Promise<ReadResult> {
  if (host.way.method !== 'reload') return runCommand(host, host.way.command, before);
  if (before.kind === 'down' || before.processes === undefined) {
    const hint = 'start HAProxy in master-worker mode with -S, or use --apply-method command';
    return { kind: 'failed', message: `${host.sockets.master}: no master answers there; ${hint}` };
  }
  // In a container of its own HAProxy's process numbers mean nothing here, and no worker was identified.
  const masterPid = before.worker && before.processes.master.pid;
  return identifyWorker(await reloadByMaster(host.sockets.master, masterPid));
}

async function runCommand(
  host: Host,
  command: readonly [string, ...string[]],
  before: HaproxyState,
): Promise<ReadResult> {
  const [program, ...args] = command;
  try {
    const run = await runChild(program, args, { timeoutMs: COMMAND_TIMEOUT_MS });
    if (run.code === 0) return await proveAfterCommand(host, before);
    const output = run.stderr.trim() || run.stdout.trim();
    const ending = run.killed ?? run.code ?? run.signal ?? 'a signal';
    return { kind: 'failed', message: `${command.join(' ')} ended with ${ending}: ${output}` };
  } catch (error) {
    return { kind: 'failed', message: describeFailure(error) };
  }
}

/**
 * A command may return before HAProxy has read its files. If the master can be asked, its new worker is awaited, and
 * it is a failure if none comes. Otherwise the runtime socket is asked once: if the worker from before answers,
 * nothing is proven, but that is no failure.
 */
async function proveAfterCommand(host: Host, before: HaproxyState): Promise<ReadResult> {
  const processes = before.kind === 'up' ? before.processes : undefined;
  if (processes !== undefined && (await doesMasterAnswer(host.sockets.master)))
    return identifyWorker(await awaitNewWorker(host.sockets.master, processes));
  const pid = await workerByRuntimeSocket(host.sockets.runtime);
  const isNew = pid !== undefined && (before.kind === 'down' || pid !== before.worker?.pid);
  return { kind: 'read', worker: isNew ? await processIdentity(pid) : undefined };
}

async function doesMasterAnswer(masterSocket: string): Promise<boolean> {
  return showHaproxyProcesses(masterSocket).then(
    () => true,
    () => false,
  );
}

async function identifyWorker(result: ReloadResult): Promise<ReadResult> {
  return result.kind === 'failed' ? result : { kind: 'read', worker: await processIdentity(result.worker) };
}
