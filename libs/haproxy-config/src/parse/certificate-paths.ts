import type { ReleaseFile } from './release-file.ts';

/**
 * The certificates in the list that a word of a `bind` line names. The list is found by its file name alone; undefined
 * if it is none of these files.
 */
export function pathsInList(
  word: string,
  files: readonly ReleaseFile[] | undefined,
): readonly string[] | undefined {
  const name = word.slice(word.lastIndexOf('/') + 1);
  const list = files?.find((file) => file.name === name);
  return list?.content.split('\n').filter((path) => path !== '');
}

/** The path without slashes at its end, which HAProxy ignores. */
export function withoutTrailingSlashes(path: string): string {
  // For many slashes in the middle of a path, the time of a regex would grow with the square of their number.
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
