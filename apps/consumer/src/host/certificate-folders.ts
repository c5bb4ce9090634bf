import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CertificateFolder, ParsedText } from '@kubefigurator/haproxy-config';
import { certificatesAskedInFolder, namedCertificates } from '@kubefigurator/haproxy-config';
import { BESIDE } from './certificate-files.ts';

/**
 * The folders of certificates that a portable text names and that exist, by their path without slashes at its end;
 * also the folders inside them for which a Service asks.
 */
export async function readCertificateFolders(
  wanted: Pick<ParsedText, 'config'> | undefined,
): Promise<ReadonlyMap<string, CertificateFolder>> {
  const named = wanted === undefined ? [] : namedCertificates(wanted);
  const folders = await readFolders(named.map(({ path }) => path));
  const inner = new Set(
    named.flatMap(({ path, sources }) => {
      const names = folders.get(path)?.folders;
      if (names === undefined || names.size === 0) return [];
      return certificatesAskedInFolder(path, sources).filter((asked) => names.has(basename(asked)));
    }),
  );
  return new Map([...folders, ...(await readFolders([...inner]))]);
}

async function readFolders(paths: readonly string[]): Promise<ReadonlyMap<string, CertificateFolder>> {
  const folders = await Promise.all(
    paths.map(async (path) => {
      const folder = await readFolder(path);
      return folder === undefined ? [] : [[path, folder] as const];
    }),
  );
  return new Map(folders.flat());
}

/** Undefined for anything but a folder, or one that can't be read. */
async function readFolder(path: string): Promise<CertificateFolder | undefined> {
  if ((await stat(path).catch(() => undefined))?.isDirectory() !== true) return undefined;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return undefined;
  const isFolder = await Promise.all(entries.map((entry) => isFolderEntry(path, entry)));
  const folders = entries.filter((_, index) => isFolder[index] === true).map(({ name }) => name);
  const files = entries.filter((_, index) => isFolder[index] !== true).map(({ name }) => name);
  return {
    // HAProxy skips hidden files.
    certificates: files.filter((name) => !name.startsWith('.') && !BESIDE.test(name)).sort(),
    folders: new Set(folders),
  };
}

/** Links are followed, as HAProxy does. */
async function isFolderEntry(path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return (await stat(join(path, entry.name)).catch(() => undefined))?.isDirectory() === true;
}
