import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logEvents } from '../support/fleet/log-events.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { Clock } from './support/clock.ts';
import { createClock } from './support/clock.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

const HOUR = 3600;

/** Producer, consumers and HAProxy run under libfaketime, because a test must not change the machine's own clock. */
describe('the wall clock', () => {
  let clock: Clock;
  let scene: Scene;

  beforeAll(async () => {
    clock = createClock();
    scene = await startScene();
    for (const host of scene.fleet.hosts) {
      const worker = /^Pid: (\d+)$/m.exec(await host.runtime('show info'))?.[1] ?? '';
      for (const pid of [worker, String(host.consumer().pid), String(scene.producer().pid)]) {
        expect(readFileSync(`/proc/${pid}/maps`, 'utf8')).toContain('libfaketime');
      }
    }
  });
  afterAll(async () => {
    clock.release();
    await scene.close();
  });

  /** Seconds by which a program's clock is ahead, from its last log line; the age of that line is the error. */
  function ahead(program: RunningProcess): number {
    const last = logEvents(program).at(-1);
    return (Date.parse(String(last?.['time'])) - Date.now()) / 1000;
  }

  it.each([
    ['jumps two hours ahead', 2 * HOUR],
    ['jumps a day back', -24 * HOUR],
    ['is corrected', 0],
  ])('%s', async (_, seconds) => {
    await scene.recoversFrom(async () => {
      clock.jump(seconds);
      const programs = [scene.producer(), ...scene.fleet.hosts.map((host) => host.consumer())];
      await waitFor(
        'every program logs the new time',
        async () => {
          await scene.change();
          await scene.serves(scene.fleet.hosts);
          const aheads = programs.map(ahead);
          return when(
            aheads.every((each) => Math.abs(each - seconds) < HOUR),
            aheads.join(' '),
          );
        },
        { limitMs: 30_000, everyMs: 500 },
      );
    });
  });
});
