import type { BigIntStats } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import type { BootMoment } from './boot-clock.ts';
import { readBootClock } from './boot-clock.ts';
import type { FileIdentity } from './text-file.ts';
import { identityOf, isSameFile } from './text-file.ts';

/** When dynamic.cfg was renamed into place, and how to recognise that very file. */
export interface Installed extends FileIdentity, BootMoment {
  /** The text of the file, only in the process that wrote it; with it, the next pass needn't read the file. */
  readonly text?: string;
}

/**
 * Renames a file into place and describes it there. Undefined if the file can't be described, or if somebody else
 * wrote to it meanwhile, so that it isn't known to be ours.
 */
export async function renameIntoPlace(
  from: string,
  to: string,
  readClock: () => Promise<BootMoment | undefined> = readBootClock,
): Promise<Installed | undefined> {
  const before = await statOf(from);
  await rename(from, to);
  const moment = await readClock();
  const after = await statOf(to);
  if (before === undefined || after === undefined || moment === undefined) return undefined;
  // The rename itself changes the ctime, but none of these.
  const isSame = before.ino === after.ino && before.size === after.size && before.mtimeNs === after.mtimeNs;
  return isSame ? { ...identityOf(after), ...moment } : undefined;
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  return stat(path, { bigint: true }).catch(() => undefined);
}

/** Reads the JSON note of an installed file; undefined for anything else. */
export function parseInstalledNote(text: string | undefined): Installed | undefined {
  try {
    const { inode, changed, bootId, ticks } = JSON.parse(text ?? '') as Readonly<Record<string, unknown>>;
    if (typeof inode !== 'string' || typeof changed !== 'string') return undefined;
    if (typeof bootId !== 'string' || typeof ticks !== 'number') return undefined;
    return { inode, changed, bootId, ticks };
  } catch {
    return undefined;
  }
}

/**
 * HAProxy reads its files before it forks a worker (up to 3.0) or right after (3.1): a worker that is at least this
 * much younger than the file has read it. In clock ticks, 100 of which are a second: 5 s.
 */
const READ_MARGIN_TICKS = 500;

/**
 * True if a worker that started at `startTicks` in the boot `bootId` has surely read the file on disk: the file is
 * still the one that was installed, and the worker started well after that, or in a later boot.
 */
export function hasWorkerReadFile(
  { startTicks, bootId }: { readonly startTicks: number; readonly bootId: string | undefined },
  onDisk: FileIdentity,
  installed: Installed | undefined,
): boolean {
  if (installed === undefined || bootId === undefined) return false;
  if (!isSameFile(onDisk, installed)) return false;
  return bootId !== installed.bootId || startTicks > installed.ticks + READ_MARGIN_TICKS;
}
