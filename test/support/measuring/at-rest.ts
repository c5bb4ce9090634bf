import { setTimeout as delay } from 'node:timers/promises';
import { memoryOf } from './processes.ts';
import type { RunningProcess } from '../sandbox/processes.ts';

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
