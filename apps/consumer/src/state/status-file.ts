import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParsedHostStatus } from '@kubefigurator/config-model';
import { parseHostStatus } from '@kubefigurator/config-model';
import { readOwnText } from '../host/text-file.ts';
import { stateTrouble } from './ledger.ts';

/** The last status that the agent wrote, for commands that don't ask etcd. */
export function statusFile(folder: string): string {
  return join(folder, 'status.json');
}

/** Replaces the status; it needn't survive a power cut, since the agent writes it again when it starts. */
export async function writeStatus(folder: string, text: string): Promise<void> {
  const file = statusFile(folder);
  try {
    await rm(`${file}.new`, { force: true });
    // With `x` a link of this name isn't followed.
    await writeFile(`${file}.new`, text, { mode: 0o644, flag: 'wx' });
    await rename(`${file}.new`, file);
  } catch (error) {
    throw stateTrouble(`${file} can't be written`, error);
  }
}

/** Undefined if no agent has written a status yet. Throws OperatorError if it can't be read. */
export async function readStatus(folder: string): Promise<ParsedHostStatus | undefined> {
  const text = (await readOwnText(statusFile(folder)))?.text;
  return text === undefined ? undefined : parseHostStatus(text);
}
