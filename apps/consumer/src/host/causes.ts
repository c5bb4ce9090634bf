import { stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { Blame } from '@kubefigurator/config-model';
import { listListeners } from './ports.ts';

/** The most files that are looked at; a refusal that names more of them is unlikely to be caused by one file. */
const MOST_FILES = 50;
/** An absolute path in a message, up to a space, a quote or other punctuation. */
const FILE = /\/[^\s'",;:()[\]]+/g;

/**
 * A fingerprint of the possible causes of a refusal on this host: the files that it names, and for a bind the
 * listeners on its port (of a range, on the last one) and the addresses of the host. If it changes, the text may be
 * accepted now. `ours` are files and folders that we write ourselves, which are never a cause.
 */
export async function fingerprintCauses(
  blame: readonly Blame[],
  ours: readonly string[] = [],
): Promise<string> {
  const [files, binds] = await Promise.all([filesOf(blame, ours), bindsOf(blame)]);
  return [...files, ...binds].join('\n');
}

async function filesOf(blame: readonly Blame[], ours: readonly string[]): Promise<string[]> {
  const named = new Set(blame.flatMap(({ message }) => message.match(FILE) ?? []));
  const isOurs = (file: string): boolean => ours.some((own) => file === own || file.startsWith(`${own}/`));
  const theirs = [...named].filter((file) => !isOurs(file));
  return Promise.all(theirs.slice(0, MOST_FILES).map(describeFile));
}

/** The ctime also shows a change of owner or mode; stat(2) follows links. */
async function describeFile(file: string): Promise<string> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
  return typeof found === 'string'
    ? `${file} ${found}`
    : `${file} ${found.ino} ${found.size} ${found.ctimeMs}`;
}

/** The listeners on the ports of refused binds, and all addresses of this host; empty if no bind was refused. */
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
