import { withoutTrailingSlashes } from './certificate-paths.ts';
import type { ConfigLine, ConfigSection } from './config-text.ts';

/** A word behind `crt` of a `bind` line. */
export interface CertificateWord {
  /** Its place among the words of the line. */
  readonly index: number;
  /** Without slashes at its end. */
  readonly path: string;
  /**
   * The files that the word stands for, in the order in which HAProxy gets them; undefined if it stands for itself: a file,
   * or all of a folder.
   */
  readonly asked: readonly string[] | undefined;
}

/**
 * What each `crt` of a `bind` line of a portable text stands for. A folder stands for the files directly in it that
 * comments name, sorted, unless a comment names the folder itself or no file in it. If folders have a slash at the end,
 * the first of them stands for the files of all of them, in the order of the comments, and the others for none.
 */
export function certificateWords({
  words,
  sources,
}: Pick<ConfigLine, 'words' | 'sources'>): CertificateWord[] {
  const asked = new Set(sources.flatMap(({ certificate }) => certificate ?? []));
  const inFolders = byFolder(asked);
  const named = words.flatMap((word, index) =>
    index > 2 && words[index - 1] === 'crt' ? [{ index, word, path: withoutTrailingSlashes(word) }] : [],
  );
  const standsForFiles = (path: string): boolean => !asked.has(path) && inFolders.has(path);
  const ordered = named.filter(({ word, path }) => isOrdered(word) && standsForFiles(path));
  const orderedFolders = new Set(ordered.map(({ path }) => path));
  const inOrder = [...asked].filter((path) => orderedFolders.has(folderOf(path)));
  return named.map(({ index, word, path }) => {
    if (!standsForFiles(path)) return { index, path, asked: undefined };
    if (isOrdered(word)) return { index, path, asked: index === ordered[0]?.index ? inOrder : [] };
    return { index, path, asked: [...(inFolders.get(path) ?? [])].sort() };
  });
}

/** The word for a folder whose files come in the order of the comments. */
export function orderedFolder(folder: string): string {
  return `${folder}/`;
}

function isOrdered(word: string): boolean {
  return word.length > 1 && word.endsWith('/');
}

function byFolder(paths: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const same = folders.get(folderOf(path));
    if (same === undefined) folders.set(folderOf(path), [path]);
    else same.push(path);
  }
  return folders;
}

function folderOf(path: string): string {
  const end = path.lastIndexOf('/');
  // A path that ends in a slash names no file, so no folder has it.
  return end === path.length - 1 ? path : path.slice(0, end) || '/';
}

/** The certificates of a `bind` line, in HAProxy's order; a folder counts as one if no comment names a file in it. */
export function certificatesOnBind(line: Pick<ConfigLine, 'words' | 'sources'>): string[] {
  return certificateWords(line).flatMap(({ path, asked }) => asked ?? [path]);
}

/** The `bind` lines of a section that name certificates, with the comments above them, or those of the section. */
export function bindsWithCertificates(section: ConfigSection): ConfigLine[] {
  // Most sections name no certificate: their lines aren't read.
  if (!/\bcrt\b/.test(section.raw)) return [];
  return section.lines.flatMap((line) => {
    if (line.words[0] !== 'bind' || !line.words.includes('crt')) return [];
    return [line.sources.length > 0 ? line : { ...line, sources: section.head.sources }];
  });
}

/** What the path of each file in the folder begins with. */
export function certificateFolderPrefix(folder: string): string {
  return folder.endsWith('/') ? folder : `${folder}/`;
}

/** True for a path directly in the folder of this prefix. */
export function isInCertificateFolder(prefix: string, path: string): boolean {
  return path.length > prefix.length && path.startsWith(prefix) && !path.includes('/', prefix.length);
}
