import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasHashInName } from './release-hash.ts';
import type { FileIdentity } from './text-file.ts';
import { fileIdentity, isSameFile } from './text-file.ts';

/** A file whose name has the hash of its content, as it is on disk. */
export interface HashedFile {
  readonly name: string;
  readonly isMissing: boolean;
  /** True if it has the content that its name says. */
  readonly isWhole: boolean;
}

/** More files than a host has; with more, all are forgotten and read again. */
const MOST_KNOWN = 10_000;

/** Looks at files of a folder; one that wasn't touched since it was found whole is not read again. */
export function createHashedFiles(
  folder: string,
): (names: readonly string[]) => Promise<readonly HashedFile[]> {
  const whole = new Map<string, FileIdentity>();

  async function lookAt(name: string, identity: FileIdentity | undefined): Promise<HashedFile> {
    if (identity === undefined) return { name, isMissing: true, isWhole: false };
    const before = whole.get(name);
    const isUntouched = before !== undefined && isSameFile(before, identity);
    const isWhole = isUntouched || (await hasItsContent(join(folder, name), name));
    if (isWhole) whole.set(name, identity);
    else whole.delete(name);
    return { name, isMissing: false, isWhole };
  }

  return async (names) => {
    if (whole.size > MOST_KNOWN) whole.clear();
    // Identities are taken before contents are read: the next look sees a change that comes in between.
    const identities = await Promise.all(names.map((name) => fileIdentity(join(folder, name))));
    const found: HashedFile[] = [];
    for (const [index, name] of names.entries()) found.push(await lookAt(name, identities[index]));
    return found;
  };
}

async function hasItsContent(path: string, name: string): Promise<boolean> {
  const content = await readFile(path).catch(() => undefined);
  return content !== undefined && hasHashInName(name, content);
}
