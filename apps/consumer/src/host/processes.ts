import { readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, resolve } from 'node:path';

/** A process that can't be mistaken for a later one with the same number. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks between the machine's boot and the start of the process (proc(5), `stat` field 22). */
  readonly startTicks: number;
}

/** USER_HZ, which Linux fixes at 100 towards user space. */
const TICKS_PER_SECOND = 100;

/** The identity of a running process; undefined once it is gone. */
export async function identify(pid: number): Promise<ProcessId | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the command in parentheses and may hold anything, so count from its end.
  const ticks = Number(text?.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
  return Number.isSafeInteger(ticks) ? { pid, startTicks: ticks } : undefined;
}

/** False where either is unknown. */
export function isSameProcess(a: ProcessId | undefined, b: ProcessId | undefined): boolean {
  return a !== undefined && a.pid === b?.pid && a.startTicks === b.startTicks;
}

/** When a process started, in milliseconds since 1970, exact to about a second. */
export async function startedAt(id: ProcessId): Promise<number> {
  const boot = /^btime (\d+)$/m.exec(await readFile('/proc/stat', 'utf8'))?.[1];
  return (Number(boot) + id.startTicks / TICKS_PER_SECOND) * 1000;
}

/**
 * The configuration files on a HAProxy's command line (`-f x`, and all after `--`), as absolute paths in their order.
 * Undefined where the process can't be seen from here.
 */
export async function configFilesOf(pid: number): Promise<string[] | undefined> {
  try {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter((word) => word !== '');
    const files = configArguments(words);
    // Its folder is shown only to who has every capability it has (ptrace(2)), which our unit hasn't.
    const folder = files.every((file) => isAbsolute(file)) ? '/' : await readlink(`/proc/${pid}/cwd`);
    return files.map((file) => resolve(folder, file));
  } catch {
    return undefined;
  }
}

/** What `-f` and `--` name on a HAProxy command line. */
export function configArguments(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  const flags = end < 0 ? words : words.slice(0, end);
  const files = flags.flatMap((word, index) =>
    word === '-f' && flags[index + 1] !== undefined ? [flags[index + 1] ?? ''] : [],
  );
  return end < 0 ? files : [...files, ...words.slice(end + 1)];
}

/** True where `file` is among what HAProxy loads; from a folder it takes `*.cfg` without dotfiles (management guide, `-f`). */
export async function loads(configs: readonly string[], file: string): Promise<boolean> {
  const named = await Promise.all(configs.map((config) => realpath(config).catch(() => config)));
  const name = basename(file);
  const inFolder = named.includes(dirname(file)) && name.endsWith('.cfg') && !name.startsWith('.');
  return named.includes(file) || inFolder;
}
