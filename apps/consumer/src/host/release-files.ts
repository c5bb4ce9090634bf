import { constants } from 'node:fs';
import { chmod, chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileTrouble, OperatorError } from '@kubefigurator/daemon';

/** The file HAProxy loads and the candidate beside it. */
export interface LiveFile {
  /** With links resolved, so that a link stays a link. */
  readonly path: string;
  /** Under a dotted name, which HAProxy skips when it loads the folder. */
  readonly candidate: string;
}

/** A text on disk and when it was last put there, in milliseconds since 1970. */
export interface TextOnDisk {
  readonly text: string;
  readonly changedAt: number;
}

const NAME_THE_FILE = 'name the file that HAProxy loads last with --haproxy-config';

/** Finds the live file; one that doesn't exist yet is where its folder is. Throws OperatorError. */
export async function locateLiveFile(path: string): Promise<LiveFile> {
  const real = await realpath(path).catch(async () => join(await folderOf(path), basename(path)));
  if ((await stat(real).catch(() => undefined))?.isDirectory() === true)
    throw new OperatorError(`${path} (--haproxy-config) is a folder`, { hint: NAME_THE_FILE });
  return { path: real, candidate: join(dirname(real), `.${basename(real)}.candidate`) };
}

async function folderOf(path: string): Promise<string> {
  const folder = dirname(path);
  return realpath(`${folder}/`).catch((cause: unknown) => {
    throw new OperatorError(`the folder ${folder} of --haproxy-config: ${fileTrouble(cause, 'read')}`, {
      hint: `install HAProxy, or ${NAME_THE_FILE}`,
      cause,
    });
  });
}

/** Reads a text; undefined where there is no such file. Throws OperatorError. */
export async function readText(path: string): Promise<TextOnDisk | undefined> {
  try {
    const [text, { ctimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { text, changedAt: ctimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new OperatorError(`can't read ${path}: ${fileTrouble(error, 'read')}`, { cause: error });
  }
}

/** Writes the candidate with the live file's owner and mode; it is on disk for good when this returns. */
export async function stage(live: LiveFile, text: string): Promise<void> {
  await writeSynced(live.candidate, text, await stat(live.path).catch(() => undefined));
}

/** Makes the candidate the live file: all of it or nothing, also when the power goes. */
export async function install(live: LiveFile): Promise<void> {
  await rename(live.candidate, live.path);
  // From here on it is the live file; a folder that can't be synced only makes a crash of the machine matter.
  await syncFolder(dirname(live.path)).catch(() => undefined);
}

/** Takes a candidate away that won't be installed. */
export async function discard(live: LiveFile): Promise<void> {
  await rm(live.candidate, { force: true });
}

/** Replaces a file by a text in one step, keeping the owner and mode it had. */
export async function replaceText(path: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.new`);
  await writeSynced(draft, text, await stat(path).catch(() => undefined));
  await rename(draft, path);
  await syncFolder(dirname(path));
}

interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

async function writeSynced(path: string, text: string, like: Ownership | undefined): Promise<void> {
  // A left-over of an earlier life may be a link: it is removed, never followed.
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
  // As long as the file is ours, changing its mode needs no capability.
  if (made.mode !== like.mode) await chmod(path, like.mode & 0o7777);
  if (made.uid !== like.uid || made.gid !== like.gid) await chown(path, like.uid, like.gid);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
