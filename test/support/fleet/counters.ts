import type { LoadBalancerHost } from './host.ts';
import type { WaitResult } from '../sandbox/wait.ts';
import { waitFor } from '../sandbox/wait.ts';

/** HAProxy's own figures on its reloads. */
export interface Counters {
  /** The pid of the current worker. */
  readonly worker: number;
  /** The number of reloads since the master was started, including failed ones. */
  readonly reloads: number;
}

/** Reads them from the master; waits, because HAProxy 2.6's master doesn't answer for a moment during a reload. */
export function countersOf(host: LoadBalancerHost): Promise<Counters> {
  return waitFor(`${host.name}'s HAProxy has a worker`, async () =>
    readCounters(await host.master('show proc').catch(String)),
  );
}

/** Waits until another worker than this one serves. */
export function anotherWorker(host: LoadBalancerHost, { worker }: Counters): Promise<Counters> {
  return waitFor(`${host.name}'s HAProxy has another worker than ${String(worker)}`, async () => {
    const counters = await countersOf(host);
    return counters.worker === worker ? { pending: JSON.stringify(counters) } : { done: counters };
  });
}

/** The number of old workers that still have connections. */
export function oldWorkersOf(host: LoadBalancerHost): Promise<number> {
  return waitFor(`${host.name}'s master answers`, async () => {
    const shown = await host.master('show proc').catch(String);
    if ('pending' in readCounters(shown)) return { pending: shown };
    return { done: [...sectionOf(shown, 'old workers').matchAll(/^\d+\s+worker/gm)].length };
  });
}

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
