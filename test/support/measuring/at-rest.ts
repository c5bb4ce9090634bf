import { setTimeout as delay } from 'node:timers/promises';
import { memoryOf, processorSecondsOf } from './processes.ts';
import type { RunningProcess } from '../sandbox/processes.ts';
import { waitFor, when } from '../sandbox/wait.ts';

/** V8 returns memory to the system some seconds after a program has become idle. */
const QUIET_SECONDS = 20;

/** The peak memory of some idle seconds, in MB, after an idle time in which V8 can return memory. */
export async function memoryAtRest(process: RunningProcess): Promise<number> {
  await delay(QUIET_SECONDS * 1000);
  let most = 0;
  for (let second = 0; second < QUIET_SECONDS; second += 1) {
    most = Math.max(most, memoryOf(process));
    await delay(1000);
  }
  return most;
}

/** Waits until a process uses less than a tenth of a core, so that it takes no processor time from what is measured. */
export async function untilIdle(process: RunningProcess): Promise<void> {
  await waitFor(
    `${process.name} is idle`,
    async () => {
      const before = processorSecondsOf(process);
      await delay(2_000);
      const part = (processorSecondsOf(process) - before) / 2;
      return when(part < 0.1, `${part.toFixed(2)} of a core`);
    },
    { limitMs: 180_000 },
  );
}
