import type { ConfigText } from '../parse/config-text.ts';

/** What the `global` sections of the host's own files say of limits that HAProxy has when it starts. */
export interface GlobalLimits {
  /** Connections (`maxconn`); without it HAProxy takes what its file descriptors allow. */
  readonly connections: number | undefined;
  /** The most file descriptors by `fd-hard-limit`; infinite without it. */
  readonly descriptors: number;
  /** False with `no strict-limits` or `ulimit-n`: HAProxy then starts with fewer file descriptors than it needs. */
  readonly isStrict: boolean;
}

/**
 * Reads the limits of a host's own files, which come in the order in which HAProxy reads them. If a number is set twice,
 * the first one counts; of `strict-limits`, the last one.
 */
export function globalLimits(files: readonly ConfigText[]): GlobalLimits {
  const lines = files
    .flatMap(({ sections }) => sections.filter(({ keyword }) => keyword === 'global'))
    .flatMap((section) => section.lines.map(({ words }) => words));
  const first = (name: string): number | undefined =>
    valueOf(lines.find(([directive]) => directive === name));
  const strict = lines.findLast((words) => words.includes('strict-limits'));
  return {
    connections: first('maxconn'),
    descriptors: first('fd-hard-limit') ?? Number.POSITIVE_INFINITY,
    isStrict: strict?.[0] !== 'no' && !lines.some(([directive]) => directive === 'ulimit-n'),
  };
}

/** The number after a directive; undefined if it isn't plain, such as an environment variable. */
function valueOf(words: readonly string[] | undefined): number | undefined {
  const value = words?.[1] ?? '';
  return /^[1-9]\d{0,8}$/.test(value) ? Number(value) : undefined;
}
