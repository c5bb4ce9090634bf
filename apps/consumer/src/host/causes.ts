import { stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { Blame } from '@kubefigurator/config-model';
import { listListeners } from './ports.ts';

/** A refusal that names more files than this has another cause than a file. */
const MOST_FILES = 50;
const FILE = /\/[^\s'",;:()[\]]+/g;

/**
 * A fingerprint of everything on this host that a refusal may be due to: the files that it names, and for a bind the
 * listeners on its port and the addresses of the host. If it changes, the refusal may be outdated. `ours` are files
 * that we write ourselves, which are not among the causes.
 */
export async function causesOf(blame: readonly Blame[], ours: readonly string[] = []): Promise<string> {
  const [files, binds] = await Promise.all([filesOf(blame, ours), bindsOf(blame)]);
  return [...files, ...binds].join('\n');
}

async function filesOf(blame: readonly Blame[], ours: readonly string[]): Promise<string[]> {
  const named = new Set(blame.flatMap(({ message }) => message.match(FILE) ?? []));
  const theirs = [...named].filter((file) => !ours.includes(file));
  return Promise.all(theirs.slice(0, MOST_FILES).map(describeFile));
}

/** The status changes with owner and mode, too; stat follows links. */
async function describeFile(file: string): Promise<string> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
  return typeof found === 'string'
    ? `${file} ${found}`
    : `${file} ${found.ino} ${found.size} ${found.ctimeMs}`;
}

async function bindsOf(blame: readonly Blame[]): Promise<string[]> {
  const words = blame.flatMap(({ bind }) => bind?.word ?? []);
  if (words.length === 0) return [];
  const ports = new Set(words.map((word) => Number(/\d+$/.exec(word)?.[0])));
  const listeners = (await listListeners()).filter(({ port }) => ports.has(port));
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return [
    ...listeners.map(({ host, port }) => `${host} ${port}`),
    ...addresses.map(({ address }) => address),
  ].sort();
}
