import { constants } from 'node:fs';
import { chmod, chown, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileTrouble, OperatorError } from '@kubefigurator/daemon';

/** The content of a file and the time of its last change, in milliseconds since 1970. */
export interface TextOnDisk {
  readonly text: string;
  readonly changedAt: number;
}

/** Owner and permissions that a new file gets. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** Reads a text; undefined if there is no such file. Throws OperatorError. */
export async function readText(path: string): Promise<TextOnDisk | undefined> {
  try {
    const [text, { ctimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { text, changedAt: ctimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new OperatorError(`can't read ${path}: ${fileTrouble(error, 'read')}`, { cause: error });
  }
}

/** Replaces a file in one step; it keeps the owner and mode that it had. */
export async function replaceText(path: string, text: string): Promise<void> {
  await replaceTextLike(path, text, await ownershipOf(path));
}

/** Replaces a file in one step, or makes it, with this owner and mode. */
export async function replaceTextLike(
  path: string,
  text: string,
  like: Ownership | undefined,
): Promise<void> {
  const draft = draftOf(path);
  await writeSynced(draft, text, like);
  await rename(draft, path);
  await syncFolder(dirname(path));
}

/** The name under which a file is written before it gets its own. */
function draftOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.new`);
}

/** Undefined if there is no such file. */
export async function ownershipOf(path: string): Promise<Ownership | undefined> {
  return stat(path).catch(() => undefined);
}

/** Writes a new file; when this returns, its content survives a power cut, its name only after `syncFolder`. */
export async function writeSynced(path: string, text: string, like: Ownership | undefined): Promise<void> {
  // A file that a killed process left behind may have been made a link since: it is removed, never followed.
  await rm(path, { force: true });
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  if (like === undefined) return;
  const made = await stat(path);
  // The mode comes first: as long as the file is ours, changing it needs no capability.
  if (made.mode !== like.mode) await chmod(path, like.mode & 0o7777);
  if (made.uid !== like.uid || made.gid !== like.gid) await chown(path, like.uid, like.gid);
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
