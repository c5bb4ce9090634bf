import { readFile, readlink, realpath, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import type { ProcessId } from '@kubefigurator/rollout';

/** The identity of a running process; undefined once it is gone. */
export async function processIdentity(pid: number): Promise<ProcessId | undefined> {
  return parseStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
}

/** True if a signal or a debugger has stopped this process (state T or t, proc(5)). */
export async function isProcessStopped(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /^[Tt]/.test(text.slice(text.lastIndexOf(')') + 2));
}

/** The identity of this process; undefined without /proc. */
export async function identifyOwnProcess(): Promise<ProcessId | undefined> {
  return parseStat(await readFile('/proc/self/stat', 'utf8').catch(() => ''));
}

/** The name of a process (comm), at most 15 bytes; undefined once it is gone. */
export async function processName(pid: number | 'self'): Promise<string | undefined> {
  return readFile(`/proc/${pid}/comm`, 'utf8').then(
    (text) => text.trimEnd(),
    () => undefined,
  );
}

/** Gives this process another name; its command line stays. Does nothing if /proc can't be written. */
export async function renameOwnProcess(name: string): Promise<void> {
  await writeFile('/proc/self/comm', name).catch(() => undefined);
}

/**
 * The second field is the command in parentheses, which may hold any character: fields are counted from its end. The
 * process's start is field 22, number 19 after it (proc(5)).
 */
function parseStat(text: string): ProcessId | undefined {
  const pid = Number.parseInt(text, 10);
  const startTicks = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
  return Number.isSafeInteger(pid) && Number.isSafeInteger(startTicks) ? { pid, startTicks } : undefined;
}

/**
 * The configuration files on a HAProxy's command line (`-f x`, and all after `--`), as absolute paths in their order.
 * Undefined if this process may not read them, or if that HAProxy is gone.
 */
export async function configFilesOf(pid: number): Promise<string[] | undefined> {
  try {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter((word) => word !== '');
    const files = configArguments(words);
    // Linux shows /proc/<pid>/cwd only to a process with all capabilities of that process (ptrace(2)); our systemd
    // unit doesn't have all of them.
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

/** True if HAProxy loads `file`; from a folder it takes `*.cfg` without dotfiles (management guide, `-f`). */
export async function haproxyLoadsFile(configs: readonly string[], file: string): Promise<boolean> {
  const named = await Promise.all(configs.map((config) => realpath(config).catch(() => config)));
  const name = basename(file);
  const inFolder = named.includes(dirname(file)) && name.endsWith('.cfg') && !name.startsWith('.');
  return named.includes(file) || inFolder;
}
