import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { describe, expect, it } from 'vitest';
import { type DiffOptions, unifiedDiff } from './unified-diff.ts';

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}\n`).join('');

/** What patch(1) makes of the text before with the difference. */
function patched(before: string | undefined, after: string | undefined, options?: DiffOptions): string {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-diff-'));
  try {
    const file = join(folder, 'text');
    writeFileSync(file, before ?? '');
    const diff = unifiedDiff({ label: 'old', text: before }, { label: 'new', text: after }, options);
    execFileSync('patch', ['--silent', file], { input: diff });
    // patch(1) removes a file that becomes empty.
    return after === undefined || after === '' ? '' : readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CASES: readonly (readonly [name: string, before: string | undefined, after: string | undefined])[] = [
  ['a missing text before', undefined, lines(0, 3)],
  ['an empty text before', '', lines(0, 3)],
  ['an empty text after', lines(0, 3), ''],
  ['a last line without a newline before', 'by hand', lines(0, 3)],
  ['a last line without a newline after', lines(0, 3), 'by hand'],
  ['only empty lines', '\n\n', '\n'],
  ['some changed lines', lines(0, 40), lines(0, 20) + lines(25, 50)],
];

describe('unifiedDiff', () => {
  it('shows a change with three lines around it', () => {
    const diff = unifiedDiff(
      { label: 'old', text: lines(0, 9) },
      { label: 'new', text: `${lines(0, 8)}other\n` },
    );
    expect(diff).toBe('--- old\n+++ new\n@@ -6,4 +6,4 @@\n line 5\n line 6\n line 7\n-line 8\n+other\n');
  });

  it.each(CASES)('can be applied with patch(1): %s', (_name, before, after) => {
    expect(patched(before, after)).toBe(after);
  });

  it.each(CASES)('can be applied with patch(1) if the search was given up: %s', (_name, before, after) => {
    expect(patched(before, after, { searchLimitMs: -1 })).toBe(after);
  });

  it.each(CASES)(
    'has the form of the package `diff` with its context and underline: %s',
    (_name, ...texts) => {
      const [before, after] = texts.map((text) => text ?? '') as [string, string];
      const labels = ['/etc/haproxy/dynamic.cfg', '/übung "a" (revision 7)'] as const;
      const diff = unifiedDiff(
        { label: labels[0], text: before },
        { label: labels[1], text: after },
        { context: 4, underline: true },
      );
      expect(diff).toBe(createTwoFilesPatch(...labels, before, after));
    },
  );

  it('gives up the search between two unrelated texts of 50,000 lines, and its patch is still right', () => {
    const started = performance.now();
    const after = lines(50_000, 100_000);
    expect(patched(lines(0, 50_000), after)).toBe(after);
    expect(performance.now() - started).toBeLessThan(10_000);
  }, 30_000);
});
