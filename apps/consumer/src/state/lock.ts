import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessId } from '@kubefigurator/rollout';
import type { ChildResult } from '@kubefigurator/daemon';
import { fileTrouble, runChild, OperatorError } from '@kubefigurator/daemon';
import { readOwnTextFile } from '../host/text-file.ts';
import { processIdentity, identifyOwnProcess } from '../host/processes.ts';
import { stateFolderTrouble } from './ledger.ts';

/** Held until released or until the process ends, however it ends. */
export interface Lock {
  readonly release: () => Promise<void>;
}

/** As `a+`, and a link of this name isn't followed. */
const LOCK_FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
const FLOCK_TIMEOUT_MS = 15_000;
/** The exit code of flock(1) if another open file has the lock. */
const HELD = 1;
/** The exit code that flock(1) is told to have if it waited in vain. */
const BUSY = 2;

/**
 * Takes the one lock of a state folder, or says who holds it. Throws OperatorError.
 * It is a flock(2), which the kernel frees with the process: a stale lock can't exist. flock(1) takes it
 * on our open file, which keeps it after flock(1) has ended.
 */
export async function takeStateLock(
  folder: string,
  holder: string,
): Promise<Lock | { readonly heldBy: string }> {
  const path = join(folder, 'lock');
  const file = await open(path, LOCK_FLAGS, 0o600).catch((error: unknown) => {
    throw stateFolderTrouble(`the lock ${path} can't be opened`, error);
  });
  try {
    const { code, stderr } = await flock(file, '--exclusive', '--nonblock');
    if (code === 0) return await hold(file, holder);
    const heldBy = code === HELD ? parseHolder(await file.readFile('utf8')).holder : undefined;
    await file.close();
    if (heldBy === undefined) throw new OperatorError(`${path} can't be locked: ${stderr.trim()}`);
    return { heldBy: heldBy === '' ? 'another process' : heldBy };
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

/**
 * Takes the one lock of a folder that HAProxy reads; undefined if another process has it. It is a flock(2) of the folder
 * itself, so that it needs no file there and works on a read-only disk. A file system without such locks counts as free.
 * Throws OperatorError.
 */
export async function takeFolderLock(folder: string): Promise<Lock | undefined> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY).catch((cause: unknown) => {
    throw new OperatorError(`the folder ${folder} can't be opened: ${fileTrouble(cause, 'read')}`, { cause });
  });
  try {
    const { code } = await flock(handle, '--exclusive', '--nonblock');
    if (code !== HELD) return { release: () => handle.close() };
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw error;
  }
  await handle.close();
  return undefined;
}

/**
 * Does some work while no other process does work with this folder; waits for another one up to 10 seconds. A folder
 * that doesn't exist is not locked. Throws OperatorError.
 */
export async function withFolderLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY).catch(() => undefined);
  if (handle === undefined) return work();
  try {
    const { code } = await flock(handle, '--exclusive', '--timeout', '10', '--conflict-exit-code', '2');
    if (code === BUSY) throw new OperatorError(`${folder} is locked by another process`);
    return await work();
  } finally {
    await handle.close();
  }
}

/** Finds a process by its PID; undefined if there is none. */
type Identify = (pid: number) => Promise<ProcessId | undefined>;

/**
 * Who holds the lock of a state folder; undefined if nobody does. It reads the lock file and doesn't try to take the
 * lock, which could make an agent fail that starts at that moment.
 */
export async function lockHolder(
  folder: string,
  identifyProcess: Identify = processIdentity,
): Promise<string | undefined> {
  return (await findLockHolder(folder, identifyProcess))?.holder;
}

/** The holder of a lock, as `Holder` describes it, with its process. */
export interface LockHolder {
  readonly holder: string;
  readonly process: ProcessId;
}

/** As `lockHolder`, and also gives the process. */
export async function findLockHolder(
  folder: string,
  identifyProcess: Identify = processIdentity,
): Promise<LockHolder | undefined> {
  const { holder, pid, startTicks } = parseHolder((await readOwnTextFile(join(folder, 'lock')))?.text ?? '');
  const process = await identifyProcess(pid);
  if (process === undefined) return undefined;
  // If the start differs, the holder has ended and another process has its number.
  return startTicks === undefined || startTicks === process.startTicks ? { holder, process } : undefined;
}

interface Holder {
  /** The process and the command, such as `pid 4711 (watch)`; messages show it, and `status` reads the command. */
  readonly holder: string;
  /** NaN if the file has none. */
  readonly pid: number;
  /** Undefined in files of earlier versions. */
  readonly startTicks: number | undefined;
}

/** The last part of a lock file: when the holder's process started. */
const START = /^(.*?) start-ticks=(\d+)$/s;

function parseHolder(text: string): Holder {
  const written = text.trim();
  // Without a match, all of the text is the holder.
  const [, holder = written, ticks] = START.exec(written) ?? [];
  return {
    holder,
    pid: Number(/^pid (\d+)/.exec(holder)?.[1]),
    startTicks: ticks === undefined ? undefined : Number(ticks),
  };
}

function flock(file: FileHandle, ...flags: readonly string[]): Promise<ChildResult> {
  return runChild('flock', [...flags, '3'], { timeoutMs: FLOCK_TIMEOUT_MS, file: file.fd });
}

/** Writes into the lock's file who holds it. */
async function hold(file: FileHandle, holder: string): Promise<Lock> {
  const self = await identifyOwnProcess();
  await file.truncate();
  await file.write(`${holder}${self === undefined ? '' : ` start-ticks=${self.startTicks}`}\n`);
  return {
    release: async () => {
      await file.truncate();
      await file.close();
    },
  };
}
