import { readFileSync } from 'node:fs';
import type { RunningProcess } from '../sandbox/processes.ts';

/** Clock ticks in a second, in /proc/<pid>/stat. */
const TICKS = 100;

/** The resident memory of a process in MB, without its children. */
export function memoryOf(process: Pick<RunningProcess, 'pid'>): number {
  return megabytesOf(process, 'VmRSS');
}

/** The most memory in MB that a process has had so far, without its children. */
export function peakMemoryOf(process: Pick<RunningProcess, 'pid'>): number {
  return megabytesOf(process, 'VmHWM');
}

function megabytesOf({ pid }: Pick<RunningProcess, 'pid'>, field: string): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
}

/** Processor time of a process since its start, in seconds, without its children. */
export function processorSecondsOf({ pid }: Pick<RunningProcess, 'pid'>): number {
  const fields = (readFileSync(`/proc/${String(pid)}/stat`, 'utf8').split(') ')[1] ?? '').split(' ');
  // utime and stime, the fields 14 and 15 in proc(5); the first two are cut off.
  const [user, system] = [fields[11], fields[12]];
  return (Number(user) + Number(system)) / TICKS;
}
