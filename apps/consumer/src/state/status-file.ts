import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParsedHostStatus } from '@kubefigurator/config-model';
import { parseHostStatus } from '@kubefigurator/config-model';
import { processName, renameOwnProcess } from '../host/processes.ts';
import { readOwnTextFile } from '../host/text-file.ts';
import { stateFolderTrouble } from './ledger.ts';

/** The file with the last status that the agent wrote, for commands that don't ask etcd. */
export function statusFilePath(folder: string): string {
  return join(folder, 'status.json');
}

/**
 * Replaces the status file. Throws OperatorError. The file needn't survive a power cut, since the agent writes it
 * again when it starts.
 */
export async function writeStatusFile(folder: string, text: string): Promise<void> {
  const file = statusFilePath(folder);
  try {
    await rm(`${file}.new`, { force: true });
    // With `x` a link of this name isn't followed.
    await writeFile(`${file}.new`, text, { mode: 0o644, flag: 'wx' });
    await rename(`${file}.new`, file);
  } catch (error) {
    throw stateFolderTrouble(`${file} can't be written`, error);
  }
}

const OLD_NAME = 'status-is-old';

/**
 * Tells the command `status` that the file is older than what the agent knows, by the name of the agent's process
 * (/proc/<pid>/comm). The file's age is no proof, since the file is written only when the status changes. The name
 * needs no disk, so it also works if the disk is full or read-only, and it ends with the process.
 */
export function createOldMark(): { readonly set: () => Promise<void>; readonly clear: () => Promise<void> } {
  let before: string | undefined;
  return {
    set: async () => {
      before ??= await processName('self');
      await renameOwnProcess(OLD_NAME);
    },
    clear: async () => {
      if (before !== undefined) await renameOwnProcess(before);
      before = undefined;
    },
  };
}

/** True if the agent with this PID says that it could not write its status. */
export async function hasOldMark(pid: number): Promise<boolean> {
  return (await processName(pid)) === OLD_NAME;
}

/** When the status was written, ISO 8601; undefined if there is none. */
export async function statusWrittenAt(folder: string): Promise<string | undefined> {
  const found = await stat(statusFilePath(folder)).catch(() => undefined);
  return found?.mtime.toISOString();
}

/** Undefined if no agent has written a status yet. Throws OperatorError if it can't be read. */
export async function readStatusFile(folder: string): Promise<ParsedHostStatus | undefined> {
  const text = (await readOwnTextFile(statusFilePath(folder)))?.text;
  return text === undefined ? undefined : parseHostStatus(text);
}
