import type { ReleaseFile } from './release-file.ts';

/**
 * The paths in the list that a word of a `bind` line names, by the end of its path; undefined if it names none of
 * these files.
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
  // A regular expression would need the square of the time for slashes in the middle of a path.
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
