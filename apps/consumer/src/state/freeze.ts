import { watch } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Freeze } from '@kubefigurator/config-model';
import { readOwnTextFile, replaceTextFile } from '../host/text-file.ts';
import { stateFolderTrouble } from './ledger.ts';

const NAME = 'frozen.json';

/** The file that freezes the host as long as it exists, whatever its content. */
export function freezeFile(folder: string): string {
  return join(folder, NAME);
}

/** Who froze this host and why; undefined if it isn't frozen. A file that can't be read counts as a freeze. */
export async function readFreeze(folder: string): Promise<Freeze | undefined> {
  const file = freezeFile(folder);
  try {
    const text = (await readOwnTextFile(file))?.text;
    if (text === undefined) return undefined;
    return parseFreeze(text) ?? (await unknownFreeze(file));
  } catch {
    return unknownFreeze(file);
  }
}

function parseFreeze(text: string): Freeze | undefined {
  try {
    const { since, by, reason } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (typeof since !== 'string' || typeof by !== 'string') return undefined;
    return { since, by, ...(typeof reason === 'string' ? { reason } : {}) };
  } catch {
    return undefined;
  }
}

/** The freeze by a file that doesn't say who froze the host: since when the file was last written. */
async function unknownFreeze(file: string): Promise<Freeze> {
  const since = await stat(file).then(
    ({ mtime }) => mtime.toISOString(),
    () => 'an unknown time',
  );
  return { since, by: `${basename(file)}, which can't be read` };
}

/** Freezes the host, across restarts. Throws OperatorError. */
export async function writeFreeze(folder: string, freeze: Freeze): Promise<void> {
  const file = freezeFile(folder);
  await replaceTextFile(file, `${JSON.stringify(freeze, undefined, 2)}\n`).catch((error: unknown) => {
    throw stateFolderTrouble(`${file} can't be written`, error);
  });
}

/** Thaws the host. Throws OperatorError. */
export async function removeFreeze(folder: string): Promise<void> {
  const file = freezeFile(folder);
  await rm(file, { force: true }).catch((error: unknown) => {
    throw stateFolderTrouble(`${file} can't be removed`, error);
  });
}

/** Calls the listener soon after the host was frozen or thawed; without inotify only the periodic pass notices it. */
export function watchFreeze(folder: string, signal: AbortSignal, listener: () => void): void {
  try {
    const watcher = watch(folder, { signal, persistent: false }, (_event, name) => {
      if (name === NAME) listener();
    });
    watcher.on('error', () => watcher.close());
  } catch {
    // There may be no inotify watch left (ENOSPC): the periodic pass notices the change.
  }
}
