import { cpus, release } from 'node:os';
import type { Fleet } from '../fleet/fleet.ts';
import type { LoadBalancerHost } from '../fleet/host.ts';
import { runChecked } from '../sandbox/processes.ts';
import { programPath } from '../sandbox/programs.ts';
import { waitFor, when } from '../sandbox/wait.ts';
import { median } from './report.ts';

/** How often each time is measured. */
const RUNS = 7;

/** The time that HAProxy alone needs on this machine for the measured text. */
export interface HaproxyTimes {
  readonly checkMs: number;
  /** From the master's `reload` to a new worker. */
  readonly reloadMs: number;
}

/** Processor and versions, on one line. */
export async function describeMachine(): Promise<string> {
  const first = async (...command: readonly string[]): Promise<string> =>
    (await runChecked(command)).split('\n')[0] ?? '';
  const haproxy = /version (\S+)/.exec(await first(programPath('haproxy'), '-v'))?.[1] ?? '';
  const etcd = (await first(programPath('etcd'), '--version')).replace(/^.*: /, '');
  const processors = cpus();
  return [
    `${processors[0]?.model.trim() ?? ''}, ${String(processors.length)} cores, Linux ${release()}`,
    `Node ${process.version}, HAProxy ${haproxy}, etcd ${etcd}`,
  ].join('; ');
}

/** The medians of check and reload on all hosts at once: after a change they work at the same time and share this machine. */
export async function measureHaproxy(fleet: Fleet): Promise<HaproxyTimes> {
  const [checks, reloads]: [number[], number[]] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    const texts = new Map(fleet.hosts.map((host) => [host, host.dynamicConfig()]));
    checks.push(await timed(() => Promise.all(fleet.hosts.map((host) => host.check(texts.get(host) ?? '')))));
    reloads.push(await timed(() => Promise.all(fleet.hosts.map(reload))));
  }
  return { checkMs: median(checks), reloadMs: median(reloads) };
}

/** Reloads by the master and waits for a new worker. */
export async function reload(host: LoadBalancerHost): Promise<void> {
  const before = await workers(host);
  await host.master('reload').catch(() => undefined);
  await waitFor(
    'a new worker',
    async () => {
      const now = await workers(host).catch(() => before);
      return when(now !== before, now);
    },
    { everyMs: 2 },
  );
}

/** Pids of the serving workers, as the master lists them. */
export async function workers(host: LoadBalancerHost): Promise<string> {
  const [, current = ''] = (await host.master('show proc')).split('# workers\n');
  return [...(current.split('# ')[0] ?? '').matchAll(/^(\d+)/gm)].map(([pid]) => pid).join(' ');
}

/** Milliseconds of an action. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}
