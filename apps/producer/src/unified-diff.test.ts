import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}\n`).join('');

describe('unifiedDiff', () => {
  it('shows what changes with three lines around it', () => {
    const diff = unifiedDiff(
      { label: 'old', text: lines(0, 9) },
      { label: 'new', text: `${lines(0, 8)}other\n` },
    );
    expect(diff).toBe('--- old\n+++ new\n@@ -6,4 +6,4 @@\n line 5\n line 6\n line 7\n-line 8\n+other\n');
  });

  it.each([
    ['a key that was missing', undefined, lines(0, 3)],
    ['a last line without its end', 'by hand', lines(0, 3)],
    ['two texts with nothing in common, too large to compare', lines(0, 30_000), lines(50_000, 80_000)],
  ])(
    'is understood by patch(1): %s',
    (_name, before, after) => {
      const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-diff-'));
      const file = join(folder, 'text');
      writeFileSync(file, before ?? '');
      const diff = unifiedDiff({ label: 'old', text: before }, { label: 'new', text: after });
      execFileSync('patch', ['--silent', file], { input: diff });
      expect(readFileSync(file, 'utf8')).toBe(after);
      rmSync(folder, { recursive: true });
    },
    20_000,
  );
});
