import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileTrouble, OperatorError } from '@kubefigurator/daemon';

/** Identifies a file and its state: another file of that name, or any change of this one, has another identity. */
export interface FileIdentity {
  readonly inode: string;
  /** Its ctime in nanoseconds. It is compared for equality only, since the wall clock may have been set meanwhile. */
  readonly changed: string;
}

/** The content of a file, and which file that was. */
export interface TextOnDisk extends FileIdentity {
  readonly text: string;
}

/** Owner and permissions that a new file gets. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** Reads a text; undefined if there is no such file. Throws OperatorError. */
export async function readTextFile(path: string): Promise<TextOnDisk | undefined> {
  return readWith(path, constants.O_RDONLY);
}

/** Reads a text that only we write: a link in its place is an error, since it may lead to a file of somebody else. */
export async function readOwnTextFile(path: string): Promise<TextOnDisk | undefined> {
  return readWith(path, constants.O_RDONLY | constants.O_NOFOLLOW);
}

async function readWith(path: string, flags: number): Promise<TextOnDisk | undefined> {
  try {
    return await readOpen(path, flags);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const isLink = code === 'ELOOP' && (flags & constants.O_NOFOLLOW) !== 0;
    const trouble = isLink
      ? 'it is a link, and only a file of ours may be there'
      : fileTrouble(error, 'read');
    throw new OperatorError(`can't read ${path}: ${trouble}`, { cause: error });
  }
}

/**
 * The text of a file, or '' if there is no such file. Throws OperatorError if the file can't be read: callers remove
 * files that no text names any more, and an unreadable text may name any file.
 */
export async function readTextFileIfThere(path: string): Promise<string> {
  return (await readTextFile(path))?.text ?? '';
}

/** A file that changes while it is read is read again, so that no text is returned with the identity of another. */
async function readOpen(path: string, flags: number): Promise<TextOnDisk> {
  for (let tries = 1; ; tries += 1) {
    const { text, before, after } = await readOnce(path, flags);
    if (isSameFile(before, after) || tries === MOST_READS) return { text, ...before };
  }
}

/** After so many reads the text is taken as it is: somebody seems to write the file all the time. */
const MOST_READS = 5;

async function readOnce(
  path: string,
  flags: number,
): Promise<{ readonly text: string; readonly before: FileIdentity; readonly after: FileIdentity }> {
  const file = await open(path, flags);
  try {
    const before = identityOf(await file.stat({ bigint: true }));
    const text = await file.readFile('utf8');
    return { text, before, after: identityOf(await file.stat({ bigint: true })) };
  } finally {
    await file.close();
  }
}

/** The identity of a file with this status. */
export function identityOf({ ino, ctimeNs }: Pick<BigIntStats, 'ino' | 'ctimeNs'>): FileIdentity {
  return { inode: String(ino), changed: String(ctimeNs) };
}

/** Undefined if there is no such file, or if it can't be looked at. */
export async function fileIdentity(path: string): Promise<FileIdentity | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found && identityOf(found);
}

/** True if it is the same file, and nobody has changed it in between. */
export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.inode === other.inode && one.changed === other.changed;
}

/** Replaces a file in one step, or makes it; a file that is there keeps its owner and mode. */
export async function replaceTextFile(path: string, text: string): Promise<void> {
  await replaceTextFileLike(path, text, await ownershipOf(path));
}

/** Replaces a file in one step, or makes it, with this owner and mode. */
export async function replaceTextFileLike(
  path: string,
  text: string,
  like: Ownership | undefined,
): Promise<void> {
  const draft = draftOf(path);
  await writeFileSynced(draft, text, like);
  await rename(draft, path);
  await syncFolder(dirname(path));
}

/** Replaces a file in one step, without fsync: after a power cut it may be empty or the old one. */
export async function replaceTextFileUnsynced(path: string, text: string): Promise<void> {
  const draft = draftOf(path);
  await rm(draft, { force: true });
  await writeFile(draft, text, { mode: 0o644, flag: 'wx' });
  await rename(draft, path);
}

/** The name under which a file is written before it gets its own. */
function draftOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.new`);
}

/** Undefined if there is no such file, or if it can't be looked at. */
export async function ownershipOf(path: string): Promise<Ownership | undefined> {
  return stat(path).catch(() => undefined);
}

/** Writes a new file; when this returns, its content survives a power cut, its name only after `syncFolder`. */
export async function writeFileSynced(
  path: string,
  text: string,
  like: Ownership | undefined,
): Promise<void> {
  // A killed process may have left the file, and somebody may have replaced it by a link: it is removed, never
  // followed.
  await rm(path, { force: true });
  // Nobody else may read it before it has its own mode: it may hold a private key.
  const mode = like === undefined ? 0o644 : 0o600;
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    await file.writeFile(text);
    if (like !== undefined) await makeLike(file, like);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** It works on the handle: a file that somebody puts under the same name meanwhile keeps its owner and mode. */
async function makeLike(file: FileHandle, like: Ownership): Promise<void> {
  const made = await file.stat();
  // The mode is set before the owner: the owner of a file needs no capability to change its mode.
  if (made.mode !== like.mode) await file.chmod(like.mode & 0o7777);
  if (made.uid !== like.uid || made.gid !== like.gid) await file.chown(like.uid, like.gid);
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
