import { setTimeout as sleep } from 'node:timers/promises';
import type { ShownProcesses } from '@kubefigurator/rollout';
import { processIdentity } from '../host/processes.ts';
import { askHaproxy, showHaproxyProcesses } from './cli.ts';

/** How a reload ended, judged by the master's own list of processes. */
export type ReloadResult =
  | { readonly kind: 'reloaded'; readonly worker: number }
  | { readonly kind: 'failed'; readonly message: string };

const RELOAD_TIMEOUT_MS = 60_000;
/**
 * The first and the longest pause between two looks for the new worker: `show proc` costs the master less than a
 * millisecond.
 */
const POLL_MS = 10;
const MAX_POLL_MS = 20;
/** HAProxy 2.6's master doesn't answer for up to half a second while it re-executes itself. */
const TRY_AGAIN_MS = 100;
/** How long a master that has ended may take to come back, such as by systemd's `Restart=`. */
const COMES_BACK_MS = 5_000;

/**
 * Reloads through the master CLI and waits until the master shows the result: a new worker and no failure,
 * or a failure with the old worker still serving. HAProxy 2.6 answers nothing; 3.0 and later answer `Success=`.
 * If the process `masterPid` ends and no other master answers soon, the reload has failed.
 */
export async function reloadByMaster(socketFile: string, masterPid?: number): Promise<ReloadResult> {
  const deadline = performance.now() + RELOAD_TIMEOUT_MS;
  const absence = createAbsence(masterPid);
  for (;;) {
    const before = await showHaproxyProcesses(socketFile).catch(() => undefined);
    const answer = before === undefined ? undefined : await deliverReload(socketFile);
    if (before !== undefined && answer !== undefined) {
      return /^Success=0/m.test(answer)
        ? { kind: 'failed', message: wordsOfReloadFailure(answer) }
        : awaitNewWorker(socketFile, before, masterPid);
    }
    if (await absence.isOver()) return ENDED;
    if (performance.now() > deadline)
      return { kind: 'failed', message: `${socketFile}: the master answered no reload command` };
    await sleep(TRY_AGAIN_MS);
  }
}

/**
 * The master's answer. Undefined if no connection was possible, such as while the master re-executes itself for
 * another reload; empty if the answer was lost: the master may have taken the command.
 */
async function deliverReload(socketFile: string): Promise<string | undefined> {
  try {
    return await askHaproxy(socketFile, 'reload', RELOAD_TIMEOUT_MS);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return code === 'ECONNREFUSED' || code === 'ENOENT' ? undefined : '';
  }
}

/** Waits until the master shows a worker it didn't have before, or a reload that failed, or until it has ended. */
export async function awaitNewWorker(
  socketFile: string,
  before: ShownProcesses,
  masterPid?: number,
): Promise<ReloadResult> {
  const deadline = performance.now() + RELOAD_TIMEOUT_MS;
  const absence = createAbsence(masterPid);
  let pause = POLL_MS;
  for (;;) {
    const shown = await showHaproxyProcesses(socketFile).catch(() => undefined);
    const result = judgeReload(before, shown);
    if (result !== undefined) return result;
    if (shown === undefined && (await absence.isOver())) return ENDED;
    if (performance.now() > deadline) {
      return {
        kind: 'failed',
        message: `the master showed no new worker within ${RELOAD_TIMEOUT_MS / 1000} s`,
      };
    }
    await sleep(pause);
    pause = Math.min(pause * 1.5, MAX_POLL_MS);
  }
}

/** How long a master that gives no answer has been gone; without its number it never counts as gone. */
function createAbsence(masterPid: number | undefined): { readonly isOver: () => Promise<boolean> } {
  let since: number | undefined;
  return {
    isOver: async () => {
      const isGone = masterPid !== undefined && (await processIdentity(masterPid)) === undefined;
      since = isGone ? (since ?? performance.now()) : undefined;
      return since !== undefined && performance.now() - since > COMES_BACK_MS;
    },
  };
}

/** Undefined until the reload is over. A new worker counts only if the master has reloaded since `before`. */
export function judgeReload(
  before: ShownProcesses,
  now: ShownProcesses | undefined,
): ReloadResult | undefined {
  if (now === undefined) return undefined;
  const hasReloaded = now.master.reloads !== before.master.reloads || now.master.pid !== before.master.pid;
  if (!hasReloaded) return undefined;
  const known = new Set([...before.workers, ...before.oldWorkers]);
  const newWorker = now.workers.find((pid) => !known.has(pid));
  if (newWorker !== undefined && now.master.failed === 0) return { kind: 'reloaded', worker: newWorker };
  return now.master.failed === 0 ? undefined : { kind: 'failed', message: REFUSED };
}

const ENDED: ReloadResult = {
  kind: 'failed',
  message: `HAProxy ended while it was being reloaded, and wasn't started again within ${COMES_BACK_MS / 1000} s`,
};

const REFUSED = 'HAProxy could not start a new worker; its own log says why; the old worker goes on serving';

/**
 * HAProxy's alerts, or all lines if there is no alert; without PIDs, so that equal failures have equal messages. The
 * answer has `Success=…` and `--` before them.
 */
export function wordsOfReloadFailure(answer: string): string {
  const lines = answer
    .split('\n')
    .filter((line) => !/^(Success=|--$)/.test(line) && !/^\[NOTICE\]/.test(line) && line.trim() !== '');
  const alerts = lines.filter((line) => line.startsWith('[ALERT]'));
  return (alerts.length > 0 ? alerts : lines)
    .map((line) => line.replace(/^\[(?:ALERT|WARNING)\]\s+\(\d+\) : /, ''))
    .join('\n');
}
