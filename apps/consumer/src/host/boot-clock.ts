import { readFile } from 'node:fs/promises';
import { identifyOwnProcess } from './processes.ts';

/** A moment of one boot of this machine. No change of the wall clock moves it. */
export interface BootMoment {
  /** Random for each boot. */
  readonly bootId: string;
  /**
   * Clock ticks since the boot, suspended time included: the unit and clock of a process's start (CLOCK_BOOTTIME).
   */
  readonly ticks: number;
}

/** USER_HZ, which Linux fixes at 100 towards user space. */
const TICKS_PER_SECOND = 100;

/** The id of this boot; undefined if /proc doesn't have it. */
export async function readBootId(): Promise<string | undefined> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}

/** The present moment; undefined if /proc doesn't give it. */
export async function readBootClock(): Promise<BootMoment | undefined> {
  const [bootId, uptime, self] = await Promise.all([
    readBootId(),
    readFile('/proc/uptime', 'utf8').catch(() => ''),
    identifyOwnProcess(),
  ]);
  const seconds = Number(uptime.split(' ')[0]);
  if (bootId === undefined || self === undefined || !(seconds > 0)) return undefined;
  // In a container /proc/uptime may be that of the container (LXCFS), while starts of processes count from the boot.
  // `performance.now()` counts from the start of this process.
  const ownAgeTicks = (performance.now() / 1000) * TICKS_PER_SECOND;
  return { bootId, ticks: Math.ceil(Math.max(seconds * TICKS_PER_SECOND, self.startTicks + ownAgeTicks)) };
}
