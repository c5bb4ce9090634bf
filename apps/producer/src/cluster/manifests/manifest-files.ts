import { constants, openSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { basename, join } from 'node:path';
import { compareText } from '@kubefigurator/config-model';
import { fileTrouble } from '@kubefigurator/daemon';
import { ManifestError } from './manifest-documents.ts';

/** A manifest file as it was read. */
export interface ManifestFile {
  readonly name: string;
  readonly text: string;
}

/** Names of manifests in a folder; hidden files are none. */
const MANIFEST = /^[^.].*\.(?:ya?ml|json)$/;
const LARGEST_FILE_BYTES = 256 * 1024 * 1024;

/** The file, or the manifests directly in the folder in order of name; throws a {@link ManifestError} if there are none. */
export async function readManifestFiles(from: string): Promise<readonly ManifestFile[]> {
  const paths = await manifestPaths(from);
  const files: ManifestFile[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(unreadable(path));
    if (found.size > LARGEST_FILE_BYTES)
      throw new ManifestError(`${path} is larger than ${LARGEST_FILE_BYTES} bytes`);
    // `--from` may name a pipe (`--from <(…)`). A pipe in a folder is refused: a read may wait for a writer forever.
    if (path !== from && found.isFIFO()) throw new ManifestError(`can't read ${path}: it is a pipe`);
    const bytes = await (found.isFIFO() ? readPipe(path) : readFile(path)).catch(unreadable(path));
    files.push({ name: path, text: decode(path, bytes) });
  }
  return files;
}

/** Reads a pipe to its end. Non-blocking, because a thread that waits in read(2) would delay the program's exit. */
async function readPipe(path: string): Promise<Uint8Array> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const chunks: Buffer[] = [];
  for await (const chunk of new Socket({ fd, readable: true, writable: false })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * A text that differs if any manifest may differ: paths, times, sizes and inodes of the manifests. Of a folder it has only
 * the inode, since other files change the folder's times, too.
 * Never throws; the error for a file that can't be read is part of the text.
 */
export async function fingerprintManifests(from: string): Promise<string> {
  try {
    const paths = await manifestPaths(from);
    const lines = [from, ...paths].map(async (path) => {
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
      // `manifestPaths` gives the path of a file itself, and of a folder only the paths in it.
      const isFolder = path === from && paths[0] !== from;
      return isFolder ? `${dev} ${ino}` : `${path} ${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
    });
    return (await Promise.all(lines)).join('\n');
  } catch (error) {
    return String(error);
  }
}

async function manifestPaths(from: string): Promise<readonly string[]> {
  const { isDirectory } = await stat(from)
    .then((found) => ({ isDirectory: found.isDirectory() }))
    .catch(unreadable(from));
  if (!isDirectory) return [from];
  const names = (await readdir(from).catch(unreadable(from))).filter((name) => MANIFEST.test(basename(name)));
  // An empty folder may be one whose mount is missing, so it doesn't count as an empty cluster.
  if (names.length === 0)
    throw new ManifestError(
      `${from} holds no .yaml, .yml or .json file; if that is meant, put an empty List there`,
    );
  return names.sort(compareText).map((name) => join(from, name));
}

function unreadable(path: string): (error: unknown) => never {
  return (error) => {
    throw new ManifestError(`can't read ${path}: ${fileTrouble(error, 'read')}`);
  };
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ManifestError(`can't read ${path}: it isn't UTF-8 text`);
  }
}
