import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessId } from '@kubefigurator/rollout';
import { fileTrouble, OperatorError } from '@kubefigurator/daemon';
import type { Release, ReleaseFile } from '@kubefigurator/haproxy-config';
import type { Installed } from '../host/installed.ts';
import { parseInstalledNote } from '../host/installed.ts';
import { readReleaseFiles } from '../host/release-files.ts';
import { hashText } from '../host/release-hash.ts';
import { readOwnTextFile, replaceTextFile, replaceTextFileUnsynced } from '../host/text-file.ts';
import { parseLedger } from './ledger-codec.ts';

/**
 * What HAProxy was last seen to run on this host. A host is in sync only if the ledger proves it; equal files prove
 * nothing.
 */
export interface Ledger {
  readonly revision: string;
  /** SHA-256 of the release's text, in hex; the text names the other files by their hashes. */
  readonly hash: string;
  /** Names of the release's files; absent if there are none. */
  readonly files?: readonly string[];
  /** SHA-256 of the portable text as it was in etcd; absent in ledgers of earlier versions. */
  readonly published?: string;
  /** The worker that was seen to run it; undefined if there was no proof. */
  readonly worker: ProcessId | undefined;
  /** ISO 8601. */
  readonly appliedAt: string;
  /** How it was applied, such as `reload` or `runtime`; `found running` if nothing had to be done. */
  readonly method: string;
  /** `backend/server` of servers that we may have put into maintenance, after a change that ended half-way. */
  readonly removing?: readonly string[];
}

/** The ledger together with the release that it describes. */
export interface LastKnownGood {
  readonly ledger: Ledger;
  readonly release: Release;
}

/** The folder where a host remembers, across restarts, what it runs. */
export interface StateFolder {
  readonly path: string;
  /** Undefined on the first start, and if ledger and release can't be read or don't belong together. */
  readonly read: () => Promise<LastKnownGood | undefined>;
  /** Writes the text, then the ledger; after a crash between them their hashes differ, and both are ignored. */
  readonly record: (good: LastKnownGood) => Promise<void>;
  /** The last rename of dynamic.cfg; undefined if none was noted, or if the renamed file wasn't known to be ours. */
  readonly readInstalled: () => Promise<Installed | undefined>;
  /** Notes a rename of dynamic.cfg, whether a worker has read the file or not. Never throws. */
  readonly noteInstalled: (installed: Installed | undefined, text: string) => Promise<void>;
}

/** Opens the state folder and makes it if it is missing. Throws OperatorError. */
export async function openStateFolder(path: string): Promise<StateFolder> {
  await mkdir(path, { recursive: true, mode: 0o755 })
    // On a read-only disk a recursive mkdir fails with ENOENT; without `recursive` it fails with the reason (EROFS).
    .catch(() => mkdir(path, { mode: 0o755 }))
    .catch((error: unknown) => {
      throw stateFolderTrouble(`the state directory ${path} can't be made`, error);
    });
  return stateFolderAt(path);
}

/**
 * The state folder at a path, which isn't made; if there is none, nothing is remembered. It has the text of the last
 * known good release; the other files of that release are in `filesFolder` until another release is recorded.
 */
export function stateFolderAt(path: string, filesFolder?: string): StateFolder {
  const ledgerFile = join(path, 'ledger.json');
  const installedFile = join(path, 'installed.json');
  const textFile = join(path, 'last-known-good.cfg');
  /** The lock makes this process the only writer, so what it recorded last counts, even if the write failed. */
  let remembered: LastKnownGood | undefined;
  let textOnDisk: string | undefined;
  let installed: Installed | undefined;

  async function read(): Promise<LastKnownGood | undefined> {
    if (remembered !== undefined) return remembered;
    // A file that can't be read counts as missing, which costs one reload.
    const ledger = parseLedger(await readOrNothing(ledgerFile));
    textOnDisk = await readOrNothing(textFile);
    if (ledger === undefined || textOnDisk === undefined) return undefined;
    const files = await filesOf(ledger, filesFolder);
    if (files === undefined || hashText(textOnDisk) !== ledger.hash) return undefined;
    return (remembered = { ledger, release: { revision: ledger.revision, text: textOnDisk, files } });
  }

  async function record(good: LastKnownGood): Promise<void> {
    remembered = good;
    const { text } = good.release;
    if (textOnDisk !== text) await replaceTextFile(textFile, text);
    textOnDisk = text;
    await replaceTextFile(ledgerFile, `${JSON.stringify(good.ledger, undefined, 2)}\n`);
  }

  async function readInstalled(): Promise<Installed | undefined> {
    return installed ?? parseInstalledNote(await readOrNothing(installedFile));
  }

  async function noteInstalled(latest: Installed | undefined, text: string): Promise<void> {
    installed = latest && { ...latest, text };
    // Without fsync, since each change of servers writes it; if a power cut loses it, that costs one reload.
    await replaceTextFileUnsynced(installedFile, JSON.stringify(latest ?? {})).catch(() => undefined);
  }

  return { path, read, record, readInstalled, noteInstalled };
}

/** The files of a ledger's release; undefined if one is missing or damaged, or if their folder isn't known. */
async function filesOf(
  { files = [] }: Ledger,
  folder: string | undefined,
): Promise<readonly ReleaseFile[] | undefined> {
  if (files.length === 0) return [];
  return folder === undefined ? undefined : readReleaseFiles(folder, files);
}

/** What to do if the state folder can't be used. */
export const STATE_HINT =
  'it has to be readable and writable for the user of the agent, which is root in the package; --state-directory names another one';

/** What to do about a disk, for which a right or another user would be no help. */
const DISK_HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'make room on this disk; what HAProxy serves stays meanwhile',
  EDQUOT: 'raise the quota, or make room; what HAProxy serves stays meanwhile',
  EROFS: 'mount it writable; what HAProxy serves stays meanwhile',
};

/** An error about something below the state folder, with what to do. */
export function stateFolderTrouble(what: string, cause: unknown): OperatorError {
  const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException;
  const hint = DISK_HINTS[code] ?? STATE_HINT;
  return new OperatorError(`${what}: ${fileTrouble(cause, 'write')}`, { hint, cause });
}

async function readOrNothing(path: string): Promise<string | undefined> {
  return (await readOwnTextFile(path).catch(() => undefined))?.text;
}
