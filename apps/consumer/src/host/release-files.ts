import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileTrouble, OperatorError } from '@kubefigurator/daemon';
import type { Release, ReleaseFile } from '@kubefigurator/haproxy-config';
import type { DamagedFile } from '@kubefigurator/rollout';
import { createHashedFiles } from './hashed-files.ts';
import type { Installed } from './installed.ts';
import { renameIntoPlace } from './installed.ts';
import { isReleaseFileName, hasItsHash } from './release-hash.ts';
import type { Ownership } from './text-file.ts';
import {
  ownershipOf,
  readTextFileIfThere,
  replaceTextFileLike,
  syncFolder,
  writeFileSynced,
} from './text-file.ts';

/** Where the release of this host is: the file that HAProxy loads, and what lies beside it. */
export interface LiveFile {
  /** The path of dynamic.cfg, with links resolved: a rename to a link would replace the link. */
  readonly path: string;
  /**
   * Where a text waits to be installed: its name has a leading dot, so that HAProxy skips it when it loads the
   * folder.
   */
  readonly candidate: string;
  /** The folder beside dynamic.cfg with all our other files; it is made when it is needed. */
  readonly folder: string;
}

/** Dynamic.cfg and the files that it names. */
export type ReleaseContent = Pick<Release, 'text' | 'files'>;

const NAME_THE_FILE = 'name the file that HAProxy loads last with --haproxy-config';
/**
 * Beside dynamic.cfg and not in the state folder, which a purge of the package removes while HAProxy loads
 * dynamic.cfg.
 */
const OUR_FOLDER = 'kubefigurator';

/** Finds the live file; its folder has to exist, the file need not. Throws OperatorError. */
export async function locateLiveFile(path: string): Promise<LiveFile> {
  const real = await realpath(path).catch(async () => join(await folderOf(path), basename(path)));
  if ((await stat(real).catch(() => undefined))?.isDirectory() === true)
    throw new OperatorError(`${path} (--haproxy-config) is a folder`, { hint: NAME_THE_FILE });
  return {
    path: real,
    candidate: join(dirname(real), `.${basename(real)}.candidate`),
    folder: releaseFolderBeside(real),
  };
}

/** Our folder beside the live file. */
export function releaseFolderBeside(path: string): string {
  return join(dirname(path), OUR_FOLDER);
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

/**
 * Writes the files of a release, and its text as the candidate beside dynamic.cfg, with the owner and mode of
 * dynamic.cfg. When this returns, all of it survives a power cut, and dynamic.cfg is what it was. Throws
 * OperatorError, which names what can't be written.
 */
export async function stageCandidate(live: LiveFile, { text, files }: ReleaseContent): Promise<void> {
  const like = await ownershipOf(live.path);
  await writeFiles(live.folder, files, like);
  await withPathInError(live.candidate, writeFileSynced(live.candidate, text, like));
}

/** If the writing fails, throws an OperatorError that names the path. */
async function withPathInError(path: string, writing: Promise<void>): Promise<void> {
  await writing.catch((cause: unknown) => {
    throw new OperatorError(`${path} can't be written: ${fileTrouble(cause, 'write')}`, { cause });
  });
}

/**
 * Makes the candidate the live file: all of it or nothing, also in a power cut. This is the one commit point. Returns
 * undefined if the new file isn't known to be ours, as `renameIntoPlace` does.
 */
export async function installCandidate(live: LiveFile): Promise<Installed | undefined> {
  const installed = await renameIntoPlace(live.candidate, live.path);
  // The rename has taken effect; a folder that can't be synced matters only if the machine crashes now.
  await syncFolder(dirname(live.path)).catch(() => undefined);
  return installed;
}

/**
 * Removes a candidate that won't be installed. Files of its release stay until the next `removeUnusedReleaseFiles`.
 */
export async function discardCandidate(live: LiveFile): Promise<void> {
  await rm(live.candidate, { force: true });
}

/** Puts an earlier release in place again. */
export async function restoreRelease(
  live: LiveFile,
  release: ReleaseContent,
): Promise<Installed | undefined> {
  await stageCandidate(live, release);
  return installCandidate(live);
}

/** The names of release files in this folder (a hash and an extension) that a text names, or seems to name. */
export function releaseFilesNamedIn(text: string, folder: string): readonly string[] {
  const pieces = text.split(`${folder}/`).slice(1);
  return [...new Set(pieces.flatMap((piece) => /^[0-9a-f]{64}\.[a-z0-9-]{1,20}\b/.exec(piece) ?? []))];
}

/** The files of a release by their names; undefined if one is missing, or isn't what its name says. */
export async function readReleaseFiles(
  folder: string,
  names: readonly string[],
): Promise<ReleaseFile[] | undefined> {
  const files = await Promise.all(names.map((name) => readWhole(folder, name)));
  const whole = files.filter((file) => file !== undefined);
  return whole.length === names.length ? whole : undefined;
}

/** Finds those of a release's files that are missing or changed. */
export function createDamageFinder(
  folder: string,
): (files: readonly ReleaseFile[]) => Promise<DamagedFile[]> {
  const look = createHashedFiles(folder);
  return async (files) => {
    const found = await look(files.map(({ name }) => name));
    return found
      .filter(({ isWhole }) => !isWhole)
      .map(({ name, isMissing }) => ({ path: join(folder, name), isMissing }));
  };
}

/**
 * Removes files of releases that are neither in `keep` nor named by dynamic.cfg or a candidate, and drafts that a
 * killed process left. To be called only after the release that `keep` belongs to is proven, and only by the holder
 * of the lock.
 */
export async function removeUnusedReleaseFiles(live: LiveFile, keep: readonly string[]): Promise<void> {
  const names = await readdir(live.folder).catch(() => []);
  // A draft is called `.<name>.new` (`replaceTextFileLike`).
  const drafts = names.filter((name) => isReleaseFileName(/^\.(.*)\.new$/.exec(name)?.[1] ?? ''));
  const others = names.filter((name) => isReleaseFileName(name) && !keep.includes(name));
  const texts =
    others.length === 0 ? [] : await Promise.all([live.path, live.candidate].map(readTextFileIfThere));
  const unused = others.filter((name) => !texts.some((text) => text.includes(name)));
  for (const name of [...drafts, ...unused]) await rm(join(live.folder, name), { force: true });
}

async function readWhole(folder: string, name: string): Promise<ReleaseFile | undefined> {
  if (!isReleaseFileName(name)) return undefined;
  const content = await readFile(join(folder, name), 'utf8').catch(() => undefined);
  return content !== undefined && hasItsHash({ name, content }) ? { name, content } : undefined;
}

async function writeFiles(
  folder: string,
  files: readonly ReleaseFile[],
  like: Ownership | undefined,
): Promise<void> {
  if (files.length === 0) return;
  await withPathInError(folder, makeReleaseFolder(folder));
  for (const file of files) {
    if (!hasItsHash(file)) throw new Error(`${file.name} is not the hash of its content`);
    if ((await readWhole(folder, file.name)) !== undefined) continue;
    const path = join(folder, file.name);
    // An empty folder with the name of our file would make the rename fail; it can be removed without loss.
    await rmdir(path).catch(() => undefined);
    await withPathInError(path, replaceTextFileLike(path, file.content, like));
  }
  // For the files that were there already: their names may not be on disk yet.
  await syncFolder(folder);
}

/**
 * Makes our folder beside dynamic.cfg, or one inside it. Every user may read it, whatever the umask, like the folder
 * that it is in. The mode is set on an open handle, so that it never reaches the target of a link that somebody puts
 * there.
 */
export async function makeReleaseFolder(folder: string): Promise<void> {
  const topmostMade = await mkdir(folder, { recursive: true });
  if (topmostMade === undefined) return;
  for (let path = folder; path.startsWith(topmostMade); path = dirname(path)) {
    const made = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      await made.chmod(0o755);
    } finally {
      await made.close();
    }
    await syncFolder(dirname(path));
  }
}
