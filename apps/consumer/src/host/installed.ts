import { stat } from 'node:fs/promises';
import type { BootMoment } from './boot-clock.ts';
import { readBootClock } from './boot-clock.ts';
import type { FileIdentity } from './text-file.ts';
import { identityOf } from './text-file.ts';

/** When dynamic.cfg was renamed into place, and how to recognise that very file. */
export interface Installed extends FileIdentity, BootMoment {}

/** Describes the file that was just renamed into place; undefined if it can't be described. */
export async function describeInstalled(
  path: string,
  readClock: () => Promise<BootMoment | undefined> = readBootClock,
): Promise<Installed | undefined> {
  const [found, moment] = await Promise.all([
    stat(path, { bigint: true }).catch(() => undefined),
    readClock(),
  ]);
  return found === undefined || moment === undefined ? undefined : { ...identityOf(found), ...moment };
}

/** Reads what was written as JSON; undefined for anything else. */
export function parseInstalled(text: string | undefined): Installed | undefined {
  try {
    const { inode, changed, bootId, ticks } = JSON.parse(text ?? '') as Readonly<Record<string, unknown>>;
    if (typeof inode !== 'string' || typeof changed !== 'string') return undefined;
    if (typeof bootId !== 'string' || typeof ticks !== 'number') return undefined;
    return { inode, changed, bootId, ticks };
  } catch {
    return undefined;
  }
}

/** True if the file on disk is still the one that was renamed into place. */
export function isInstalledFile(onDisk: FileIdentity, installed: Installed): boolean {
  return installed.inode === onDisk.inode && installed.changed === onDisk.changed;
}

/**
 * HAProxy reads its files before it forks a worker (up to 3.0) or right after (3.1): a worker that is at least this
 * much younger than the file, in clock ticks, has read it.
 */
const READ_MARGIN_TICKS = 500;

/**
 * True if a worker that started at `startTicks` in the boot `bootId` has surely read the file on disk: the file is
 * still the one that was installed, and the worker started well after that, or in a later boot.
 */
export function hasReadFile(
  { startTicks, bootId }: { readonly startTicks: number; readonly bootId: string | undefined },
  onDisk: FileIdentity,
  installed: Installed | undefined,
): boolean {
  if (installed === undefined || bootId === undefined) return false;
  if (!isInstalledFile(onDisk, installed)) return false;
  return bootId !== installed.bootId || startTicks > installed.ticks + READ_MARGIN_TICKS;
}
