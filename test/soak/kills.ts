import { setTimeout as delay } from 'node:timers/promises';
import type { LoadReport } from '../support/measuring/load-protocol.ts';
import { createRandom } from '../support/measuring/random.ts';
import type { Scene } from '../fault/support/scene.ts';

export interface KillPlan {
  readonly kills: number;
  readonly seed: number;
  readonly perSecond: number;
  /** Called after each kill. */
  readonly onKill?: (line: string) => void;
}

export interface KillReport {
  readonly requests: LoadReport;
  /** How often each program was killed. */
  readonly killed: Readonly<Record<string, number>>;
  /** Milliseconds from a start after a kill until everything was in sync, for every fifth kill and the last one. */
  readonly recoveries: readonly number[];
}

interface Target {
  readonly name: string;
  readonly kill: () => Promise<unknown>;
  readonly start: () => Promise<unknown>;
}

/** A pass takes some tens of milliseconds, so kills happen before, during and after it. */
const LONGEST_WAIT_MS = 250;
const LONGEST_ABSENCE_MS = 400;
/** After this many kills the run waits until everything is in sync. */
const KILLS_IN_A_ROW = 5;

/** Kills and restarts random programs during continuous changes; the seed determines program, moment and downtime. */
export async function killAtRandom(scene: Scene, plan: KillPlan): Promise<KillReport> {
  const random = createRandom(plan.seed);
  const targets = targetsOf(scene);
  const killed: Record<string, number> = Object.fromEntries(targets.map(({ name }) => [name, 0]));
  const recoveries: number[] = [];
  const stop = await scene.load({ perSecond: plan.perSecond });
  for (let kills = 1; kills <= plan.kills; kills += 1) {
    const target = random.pick(targets);
    const [wait, absence] = [random.next() * LONGEST_WAIT_MS, random.next() * LONGEST_ABSENCE_MS];
    await scene.change();
    await delay(wait);
    await target.kill();
    killed[target.name] = (killed[target.name] ?? 0) + 1;
    await scene.change();
    await delay(absence);
    await target.start();
    const isWaitedFor = kills % KILLS_IN_A_ROW === 0 || kills === plan.kills;
    const started = performance.now();
    if (isWaitedFor) {
      await scene.waitUntilInSync({ limitMs: 60_000 });
      recoveries.push(performance.now() - started);
    }
    const when = `${wait.toFixed(0)} ms after a change, for ${absence.toFixed(0)} ms`;
    const end = isWaitedFor ? `; in sync after ${(recoveries.at(-1) ?? 0).toFixed(0)} ms` : '';
    plan.onKill?.(`${String(kills).padStart(3)} ${target.name.padEnd(14)} ${when}${end}`);
  }
  return { requests: await stop(), killed, recoveries };
}

function targetsOf(scene: Scene): Target[] {
  const { etcd, hosts } = scene.fleet;
  return [
    { name: 'etcd', kill: () => etcd.kill(), start: () => etcd.start() },
    {
      name: 'producer',
      kill: () => scene.producer().kill(),
      start: () => Promise.resolve(scene.startProducer()),
    },
    ...hosts.map((host) => ({
      name: `consumer ${host.name}`,
      kill: () => host.consumer().kill(),
      start: () => Promise.resolve(host.startConsumer()),
    })),
  ];
}
