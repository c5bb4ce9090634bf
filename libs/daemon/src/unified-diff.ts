import { formatPatch, type StructuredPatch, structuredPatch } from 'diff';

/** The search for the smallest difference ends after this time: two unrelated texts of 50,000 lines would take minutes. */
const SEARCH_LIMIT_MS = 5_000;

export interface DiffSide {
  readonly label: string;
  /** Undefined if there is no such text; the difference is then the same as to an empty text. */
  readonly text: string | undefined;
}

export interface DiffOptions {
  /** How many unchanged lines are shown around a change; 3 by default, as in diff(1). */
  readonly context?: number;
  /** Whether a line of equal signs comes before the header, as in Subversion and the npm package `diff`. */
  readonly underline?: boolean;
  /** How long the smallest difference is searched for, in milliseconds. */
  readonly searchLimitMs?: number;
}

/**
 * The difference in diff(1)'s unified form, which patch(1) can apply.
 * If the search limit is reached, the difference is one hunk that removes all old lines and adds all new ones.
 */
export function unifiedDiff(before: DiffSide, after: DiffSide, options: DiffOptions = {}): string {
  const { context = 3, underline = false, searchLimitMs = SEARCH_LIMIT_MS } = options;
  const patch =
    structuredPatch(before.label, after.label, before.text ?? '', after.text ?? '', undefined, undefined, {
      context,
      timeout: searchLimitMs,
    }) ?? wholeReplacement(before, after);
  return formatPatch(patch, { includeIndex: false, includeUnderline: underline, includeFileHeaders: true });
}

function wholeReplacement(before: DiffSide, after: DiffSide): StructuredPatch {
  const [removed, added] = [hunkLines('-', before.text ?? ''), hunkLines('+', after.text ?? '')];
  return {
    oldFileName: before.label,
    newFileName: after.label,
    oldHeader: undefined,
    newHeader: undefined,
    hunks: [
      {
        oldStart: 1,
        oldLines: removed.count,
        newStart: 1,
        newLines: added.count,
        lines: [...removed.lines, ...added.lines],
      },
    ],
  };
}

/** The lines of a text as a hunk has them, with diff(1)'s marker if the last line has no newline. */
function hunkLines(
  sign: '-' | '+',
  text: string,
): { readonly count: number; readonly lines: readonly string[] } {
  if (text === '') return { count: 0, lines: [] };
  const lines = text.replace(/\n$/, '').split('\n');
  const marked = lines.map((line) => sign + line);
  if (!text.endsWith('\n')) marked.push('\\ No newline at end of file');
  return { count: lines.length, lines: marked };
}
