import { createTwoFilesPatch } from 'diff';

/** How long a smallest difference is searched for, in milliseconds; two unrelated texts would take minutes. */
const SEARCH_LIMIT_MS = 5_000;

export interface DiffSide {
  readonly label: string;
  /** Undefined: there is nothing at all. */
  readonly text: string | undefined;
}

/** The difference in diff(1)'s unified form; one whole replacement where the texts have too little in common. */
export function unifiedDiff(before: DiffSide, after: DiffSide): string {
  const [old, current] = [before.text ?? '', after.text ?? ''];
  const patch = createTwoFilesPatch(before.label, after.label, old, current, '', '', {
    context: 3,
    timeout: SEARCH_LIMIT_MS,
  });
  if (patch !== undefined) return patch.replace(/^=+\n/, '');
  const header = `--- ${before.label}\n+++ ${after.label}\n`;
  return `${header}@@ -1,${lines(old).length} +1,${lines(current).length} @@\n${mark('-', old)}${mark('+', current)}`;
}

function lines(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}

function mark(sign: string, text: string): string {
  return lines(text)
    .map((line) => `${sign}${line}\n`)
    .join('');
}
