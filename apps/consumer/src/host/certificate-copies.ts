import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createHashedFiles } from './hashed-files.ts';
import { makeReleaseFolder } from './release-files.ts';
import type { FileIdentity } from './text-file.ts';
import {
  fileIdentity,
  isSameFile,
  readTextFileIfThere,
  readOwnTextFile,
  replaceTextFile,
  replaceTextFileLike,
} from './text-file.ts';

/** What is remembered of the copy of one certificate. */
export interface CopyEntry {
  /** The file that it was made of. */
  readonly file: string;
  /** As in `CertificateFacts`. */
  readonly contentHash: string;
  /** Its name in the folder of copies; undefined after `forget`. */
  readonly copy: string | undefined;
  /** Names of earlier copies, under which HAProxy may still know the certificate. */
  readonly aliases: readonly string[];
}

/**
 * Copies of the certificates that HAProxy was seen to serve: if a file breaks or goes away, its copy is served. A
 * copy never changes; its name is the hash of its content. The content includes the private key, so it is never kept
 * in memory.
 */
export interface CertificateCopyStore {
  readonly entries: () => Promise<readonly CopyEntry[]>;
  readonly pathOf: (name: string) => string;
  /** True if the entries on disk aren't those that were read last. */
  readonly hasChanged: () => Promise<boolean>;
  /** Of these names, those whose copy exists and has the content that the hash in its name says. */
  readonly findWhole: (names: readonly string[]) => Promise<ReadonlySet<string>>;
  /** The names in the folder of copies. */
  readonly names: () => Promise<ReadonlySet<string>>;
  /** Makes copies of the first 50 files only; the caller asks for the others again in its next call. */
  readonly keep: (files: readonly CopyRequest[]) => Promise<void>;
  /**
   * Drops the entries of files for which `isNamed` is false, and removes the copies that no entry or text names any
   * more.
   */
  readonly tidy: (isNamed: (file: string) => boolean) => Promise<void>;
  /**
   * Says that the certificate must not be served from a copy any more: its entry stays, without a copy. False if it
   * had no copy.
   */
  readonly forget: (file: string) => Promise<boolean>;
}

/** A file to copy; `read` gives its PEM, or undefined if the file no longer has this hash. */
export interface CopyRequest extends Pick<CopyEntry, 'file' | 'contentHash'> {
  readonly read: () => Promise<string | undefined>;
}

export interface CopyPlaces {
  /** Where the copies are made: our folder beside dynamic.cfg. */
  readonly folder: string;
  /** The file with the entries. */
  readonly index: string;
  /** Texts that HAProxy may read and that may name copies. */
  readonly keepers: readonly string[];
  /** Runs work that no other process may do at the same time: `forget-certificate` runs beside the agent. */
  readonly exclusively: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

const MOST_ALIASES = 3;
/** Each copy is synced to disk, and a pass waits for that. */
const MOST_AT_ONCE = 50;
/**
 * Only root and the owner of the original may read a copy: HAProxy reads certificates before it gives up its rights.
 */
const MODE = 0o600;
/** A hash and `.pem`. */
const NAME = /^[0-9a-f]{64}\.pem$/;

export function createCertificateCopies({
  folder,
  index,
  keepers,
  exclusively,
}: CopyPlaces): CertificateCopyStore {
  /** What was read or written last. */
  let last:
    { readonly identity: FileIdentity | undefined; readonly entries: readonly CopyEntry[] } | undefined;
  const look = createHashedFiles(folder);

  async function hasChanged(): Promise<boolean> {
    const now = await fileIdentity(index);
    const before = last?.identity;
    return now === undefined || before === undefined ? now !== before : !isSameFile(now, before);
  }

  /** The command `forget-certificate` writes the index as well, so it is read again if it changed. */
  async function entries(): Promise<readonly CopyEntry[]> {
    if (last !== undefined && !(await hasChanged())) return last.entries;
    const file = await readOwnTextFile(index).catch(() => undefined);
    last = { identity: file, entries: parseEntries(file?.text) };
    return last.entries;
  }

  async function write(changed: readonly CopyEntry[]): Promise<void> {
    await replaceTextFile(index, formatEntries(changed));
    last = { identity: await fileIdentity(index), entries: changed };
  }

  async function keep(files: readonly CopyRequest[]): Promise<void> {
    const kept: CopyEntry[] = [];
    const all = await entries();
    for (const { file, contentHash, read } of files.slice(0, MOST_AT_ONCE)) {
      const before = all.find((entry) => entry.file === file);
      // It was forgotten since the pass decided to copy it.
      if (before?.contentHash === contentHash && before.copy === undefined) continue;
      const payload = await read();
      if (payload === undefined) continue;
      const copy = await writeCopy(file, payload);
      kept.push({ file, contentHash, copy, aliases: aliasesOf(before, copy) });
    }
    if (kept.length === 0) return;
    const names = new Set(kept.map(({ file }) => file));
    await write([...all.filter(({ file }) => !names.has(file)), ...kept]);
  }

  /** Returns the name of the copy; its owner is the owner of the original. */
  async function writeCopy(file: string, payload: string): Promise<string> {
    const copy = `${createHash('sha256').update(`${payload}\n`).digest('hex')}.pem`;
    const path = join(folder, copy);
    if ((await findWhole([copy])).has(copy)) return copy;
    const { uid, gid } = await stat(file);
    await replaceTextFileLike(path, `${payload}\n`, { uid, gid, mode: MODE });
    return copy;
  }

  async function findWhole(names: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await look(names);
    return new Set(found.flatMap(({ name, isWhole }) => (isWhole ? [name] : [])));
  }

  async function tidy(isNamed: (file: string) => boolean): Promise<void> {
    const namedOf = (all: readonly CopyEntry[]): CopyEntry[] => all.filter(({ file }) => isNamed(file));
    const all = await entries();
    // Each pass comes here, and mostly there is nothing to write.
    if (namedOf(all).length < all.length) await exclusively(async () => write(namedOf(await entries())));
    await removeUnused(await entries());
  }

  async function removeUnused(rest: readonly CopyEntry[]): Promise<void> {
    const kept = new Set(rest.map(({ copy }) => copy));
    const others = (await readdir(folder).catch(() => [])).filter((name) => !kept.has(name));
    if (others.length === 0) return;
    const texts = await Promise.all([...keepers, ...(await listsBeside(folder))].map(readTextFileIfThere));
    const unused = others.filter((name) => !texts.some((text) => text.includes(name)));
    for (const name of unused) await rm(join(folder, name), { force: true });
  }

  async function forget(file: string): Promise<boolean> {
    const all = await entries();
    const entry = all.find((each) => each.file === file);
    if (entry?.copy === undefined) return false;
    const aliases = [...entry.aliases, entry.copy].slice(-MOST_ALIASES);
    const rest = all.filter((each) => each !== entry);
    await write([...rest, { file, contentHash: entry.contentHash, copy: undefined, aliases }]);
    // HAProxy can't start without a copy that dynamic.cfg names: it is removed after the agent's next release.
    await removeUnused(rest);
    return true;
  }

  return {
    entries,
    names: async () => new Set(await readdir(folder).catch(() => [])),
    pathOf: (name) => join(folder, name),
    hasChanged,
    findWhole,
    keep: async (files) => {
      // There is nothing to lock before it.
      await makeReleaseFolder(folder);
      await exclusively(() => keep(files));
    },
    tidy,
    forget: (file) => exclusively(() => forget(file)),
  };
}

/** The names of the copies before this one. */
function aliasesOf(before: CopyEntry | undefined, copy: string): readonly string[] {
  const earlier = [...(before?.aliases ?? []), ...(before?.copy === undefined ? [] : [before.copy])];
  return earlier.filter((name) => name !== copy).slice(-MOST_ALIASES);
}

/** The lists of certificates of a release, which may name copies as its text may. */
async function listsBeside(copies: string): Promise<readonly string[]> {
  const folder = dirname(copies);
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith('.crt-list')).map((name) => join(folder, name));
}

/** In the file, the hash is called `print`. */
function formatEntries(entries: readonly CopyEntry[]): string {
  const rows = entries.map(({ file, contentHash: print, copy, aliases }) => ({ file, print, copy, aliases }));
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}

/** Reads the entries; anything else is no entry, which costs a copy that is made again. */
function parseEntries(text: string | undefined): readonly CopyEntry[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? value.flatMap(parseEntry) : [];
  } catch {
    return [];
  }
}

function parseEntry(value: unknown): CopyEntry[] {
  const { file, print, copy, aliases } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof file !== 'string' || typeof print !== 'string') return [];
  const names = Array.isArray(aliases) ? aliases.filter(isName) : [];
  return [{ file, contentHash: print, copy: isName(copy) ? copy : undefined, aliases: names }];
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}
