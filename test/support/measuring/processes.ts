import { readFileSync } from 'node:fs';
import type { RunningProcess } from '../sandbox/processes.ts';

/** Clock ticks in a second, in /proc/<pid>/stat. */
const TICKS = 100;

/** The resident memory of a process in MB, without its children. */
export function memoryOf({ pid }: Pick<RunningProcess, 'pid'>): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

/** Processor time of a process since its start, in seconds, without its children. */
export function processorSecondsOf({ pid }: Pick<RunningProcess, 'pid'>): number {
  const fields = (readFileSync(`/proc/${String(pid)}/stat`, 'utf8').split(') ')[1] ?? '').split(' ');
  const [user, system] = [fields[11], fields[12]];
  return (Number(user) + Number(system)) / TICKS;
}
