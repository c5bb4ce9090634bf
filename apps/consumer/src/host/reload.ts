import { setTimeout as sleep } from 'node:timers/promises';
import type { ShownProcesses } from './master-cli.ts';
import { askHaproxy, showProcesses } from './master-cli.ts';

/** How a reload ended, judged by the master's own list of processes. */
export type ReloadResult =
  | { readonly kind: 'reloaded'; readonly worker: number }
  | { readonly kind: 'failed'; readonly message: string };

const RELOAD_TIMEOUT_MS = 60_000;
/** HAProxy 2.6's master is away for up to half a second while it executes itself again. */
const POLL_MS = 10;
const MAX_POLL_MS = 100;

/**
 * Reloads through the master CLI and waits until the master says how it went: a new worker and no failure,
 * or a failure with the old worker still serving. HAProxy 2.6 answers nothing; 3.0 and later say `Success=`.
 */
export async function reloadByMaster(socketFile: string, before: ShownProcesses): Promise<ReloadResult> {
  const answer = await askHaproxy(socketFile, 'reload', RELOAD_TIMEOUT_MS).catch(() => '');
  if (/^Success=0/m.test(answer)) return { kind: 'failed', message: withoutMarkers(answer) };
  return awaitNewWorker(socketFile, before);
}

/** Waits until the master shows a worker it didn't have before, or a reload that failed. */
export async function awaitNewWorker(socketFile: string, before: ShownProcesses): Promise<ReloadResult> {
  const deadline = performance.now() + RELOAD_TIMEOUT_MS;
  let pause = POLL_MS;
  for (;;) {
    const result = judge(before, await showProcesses(socketFile).catch(() => undefined));
    if (result !== undefined) return result;
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

/** Undefined as long as the reload isn't over. */
export function judge(before: ShownProcesses, now: ShownProcesses | undefined): ReloadResult | undefined {
  if (now === undefined) return undefined;
  const known = new Set([...before.workers, ...before.oldWorkers]);
  const fresh = now.workers.find((pid) => !known.has(pid));
  if (fresh !== undefined && now.master.failed === 0) return { kind: 'reloaded', worker: fresh };
  const tried = now.master.reloads !== before.master.reloads || now.master.pid !== before.master.pid;
  if (tried && now.master.failed > 0) {
    return {
      kind: 'failed',
      message: 'HAProxy could not start a new worker; its own log says why; the old worker serves on',
    };
  }
  return undefined;
}

function withoutMarkers(answer: string): string {
  return answer
    .split('\n')
    .filter((line) => !/^(Success=|--$)/.test(line) && !/^\[NOTICE\]/.test(line) && line.trim() !== '')
    .join('\n');
}
