import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadBalancerHost } from './host.ts';
import type { WaitResult } from '../sandbox/wait.ts';
import { waitFor, when } from '../sandbox/wait.ts';

/** HAProxy's own figures on its reloads. */
export interface Counters {
  /** The pid of the current worker. */
  readonly worker: number;
  /** The number of reloads since the master was started, including failed ones. */
  readonly reloads: number;
}

/**
 * Reads the figures from the master; repeats that, because HAProxy 2.6's master doesn't answer for a moment during a
 * reload.
 */
export function countersOf(host: LoadBalancerHost): Promise<Counters> {
  return waitFor(`${host.name}'s HAProxy has a worker`, async () =>
    readCounters(await host.master('show proc').catch(String)),
  );
}

/** Waits until another worker serves than the given one, and returns the figures then. */
export function anotherWorker(host: LoadBalancerHost, { worker }: Counters): Promise<Counters> {
  return waitFor(`${host.name}'s HAProxy has another worker than ${String(worker)}`, async () => {
    const counters = await countersOf(host);
    return counters.worker === worker ? { pending: JSON.stringify(counters) } : { done: counters };
  });
}

/**
 * Waits until the agent's ledger names the worker that serves, and this isn't the one with the pid `former`. Until
 * then the agent may still reload: it doesn't know which text a worker runs that the ledger doesn't name.
 */
export async function untilRecorded(
  host: LoadBalancerHost,
  { former, limitMs = 20_000 }: { readonly former?: number; readonly limitMs?: number } = {},
): Promise<void> {
  const check = async (): Promise<WaitResult<true>> => {
    const ledger = readFileSync(join(host.stateDirectory, 'ledger.json'), 'utf8');
    const namedPid = (JSON.parse(ledger) as { worker?: { pid: number } }).worker?.pid;
    return when(namedPid !== former && namedPid === (await countersOf(host)).worker, ledger);
  };
  await waitFor(`the ledger of ${host.name} names the worker that serves`, check, { limitMs });
}

/** The number of old workers that still have connections. */
export function oldWorkersOf(host: LoadBalancerHost): Promise<number> {
  return waitFor(`${host.name}'s master answers`, async () => {
    const shown = await host.master('show proc').catch(String);
    if ('pending' in readCounters(shown)) return { pending: shown };
    return { done: [...sectionOf(shown, 'old workers').matchAll(/^\d+\s+worker/gm)].length };
  });
}

/** Reads the answer to `show proc`, whose lines begin with pid, type and number of reloads. */
function readCounters(shown: string): WaitResult<Counters> {
  const reloads = /^\d+\s+master\s+(\d+)/m.exec(shown)?.[1];
  const worker = /^(\d+)\s+worker/m.exec(sectionOf(shown, 'workers'))?.[1];
  if (reloads === undefined || worker === undefined) return { pending: shown };
  return { done: { worker: Number(worker), reloads: Number(reloads) } };
}

/** The lines below one of the headings of `show proc`. */
function sectionOf(shown: string, heading: string): string {
  const [, below = ''] = shown.split(`# ${heading}\n`);
  return below.split(/^#/m)[0] ?? '';
}
