import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readdir, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Blame, CertificateFile } from '@kubefigurator/config-model';
import { messageOf } from '@kubefigurator/daemon';
import type { Logger } from '@kubefigurator/daemon';
import { isReadFromFolder, isWithin, standInName } from '@kubefigurator/haproxy-config';
import { makeFolder } from './release-files.ts';
import { readIfThere, syncFolder } from './text-file.ts';

/** Stand-ins: folders that replace folders of certificates, without the files that HAProxy refused there. */
export interface CertificateFolders {
  /** Where our folders are made. */
  readonly path: string;
  /** The same with folders of the same names elsewhere, for a rehearsal. */
  readonly elsewhere: (path: string) => CertificateFolders;
  /**
   * For the holder of the lock, unless the blame is empty or the folders are made elsewhere.
   * Makes a folder of links to all other files for each folder in which HAProxy refused one; gives those that could be
   * made, by the folder they stand for.
   */
  readonly makeStandIns: (blame: readonly Blame[]) => Promise<ReadonlyMap<string, string>>;
  /** Removes the folders that neither the live file nor the last known good text names. */
  readonly removeUnused: () => Promise<void>;
}

export interface CertificateFoldersOptions {
  /** Where our folders are made. */
  readonly path: string;
  /** Where earlier versions made them; a text that HAProxy runs may still name one. */
  readonly formerPath?: string;
  /** The folders whose files a published text may name. */
  readonly allowed: readonly string[];
  /** Files that HAProxy may read and that may name folders of ours. */
  readonly keepers: readonly string[];
  readonly log: Logger;
}

const DRAFT = '.draft-';
/** HAProxy takes such a path as one word without quotes. */
const PLAIN_PATH = /^[A-Za-z0-9_./%@-]+$/;

export function createCertificateFolders(options: CertificateFoldersOptions): CertificateFolders {
  async function makeStandIns(blame: readonly Blame[]): Promise<ReadonlyMap<string, string>> {
    const refused = blame
      .flatMap(({ file }) => file ?? [])
      .filter(({ folder }) => isWithin(folder, options.allowed));
    const standIns = new Map<string, string>();
    for (const folder of new Set(refused.map((file) => file.folder))) {
      try {
        standIns.set(folder, await makeStandIn(folder, namesIn(folder, refused), options.path));
      } catch (error) {
        options.log.warn({ folder, reason: messageOf(error) }, 'certificate-folder.failed');
      }
    }
    // No text names the stand-ins of an earlier attempt any more; if no release is proven later, only this removes them.
    if (standIns.size > 0) await removeUnnamed(options, new Set(standIns.values())).catch(() => undefined);
    return standIns;
  }

  const { path } = options;
  const elsewhere = (other: string): CertificateFolders =>
    createCertificateFolders({ allowed: options.allowed, log: options.log, path: other, keepers: [] });
  return { path, elsewhere, makeStandIns, removeUnused: () => removeUnused(options).catch(() => undefined) };
}

function namesIn(folder: string, refused: readonly CertificateFile[]): ReadonlySet<string> {
  return new Set(refused.filter((file) => file.folder === folder).map(({ name }) => name));
}

/** Its name has the hash of its content, so that it never changes; it is there as a whole or not at all. */
async function makeStandIn(folder: string, refused: ReadonlySet<string>, path: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => isReadFromFolder(name) && !refused.has(name)).sort();
  const digest = createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 16);
  const standIn = join(path, standInName(folder, digest));
  if (!PLAIN_PATH.test(standIn)) throw new Error(`${standIn} is no path that a config can name as it is`);
  await makeFolder(dirname(path));
  await makeFolder(path);
  if ((await readdir(standIn).catch(() => undefined))?.length === names.length) return standIn;
  const draft = await mkdtemp(join(path, DRAFT));
  for (const name of names) await symlink(join(folder, name), join(draft, name));
  await chmod(draft, 0o755);
  await syncFolder(draft);
  await rm(standIn, { recursive: true, force: true });
  await rename(draft, standIn);
  // It has to survive a power cut before a text that names it is installed.
  await syncFolder(path);
  return standIn;
}

async function removeUnused({ path, formerPath, keepers }: CertificateFoldersOptions): Promise<void> {
  await removeUnnamed({ path, keepers });
  if (formerPath === undefined) return;
  await removeUnnamed({ path: formerPath, keepers });
  await rmdir(formerPath).catch(() => undefined);
}

async function removeUnnamed(
  { path, keepers }: Pick<CertificateFoldersOptions, 'path' | 'keepers'>,
  kept: ReadonlySet<string> = new Set(),
): Promise<void> {
  const names = (await readdir(path).catch(() => [])).filter((name) => !kept.has(join(path, name)));
  if (names.length === 0) return;
  const texts = await Promise.all(keepers.map(readIfThere));
  const isNamed = (name: string): boolean => texts.some((text) => text.includes(join(path, name)));
  const unused = names.filter((name) => name.startsWith(DRAFT) || !isNamed(name));
  for (const name of unused) await rm(join(path, name), { recursive: true, force: true });
}
