import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../support/sandbox/programs.ts';

interface Row {
  readonly fault: string;
  readonly file: string;
  readonly title: string;
}

const docs = join(repositoryRoot, 'docs');
const text = readFileSync(join(docs, 'reliability.md'), 'utf8');
const rows: readonly Row[] = text.split('\n').flatMap((line) => {
  const found = /^\| (.*?) +\|.*\[[^\]]+\]\(\.\.\/([^)]+)\): "([^"]+)" *\|$/.exec(line);
  return found === null ? [] : [{ fault: found[1] ?? '', file: found[2] ?? '', title: found[3] ?? '' }];
});
const source = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');

/** Keeps docs/reliability.md and the titles of the fault tests the same. */
describe('the fault matrix', () => {
  it('names in each of its rows a test that exists', () => {
    const tableRows = text
      .split('\n')
      .filter((line) => /^\| (?!fault |---)/.test(line) && !/^\|[-| ]*$/.test(line));
    expect(rows.length).toBe(tableRows.length);
    for (const { fault, file, title } of rows) {
      expect(existsSync(join(docs, '..', file)), `${fault}: ${file}`).toBe(true);
      expect(source(file).includes(`'${title}'`), `${fault}: "${title}" in ${file}`).toBe(true);
    }
  });

  it('has a row for each fault test', () => {
    const folder = join(repositoryRoot, 'test/fault');
    const files = readdirSync(folder).filter(
      (file) => file.endsWith('.test.ts') && file !== 'matrix.test.ts',
    );
    for (const file of files) {
      const titled = rows.filter((row) => basename(row.file) === file).map(({ title }) => title);
      expect(titled, file).not.toEqual([]);
      const literal = [...source(`test/fault/${file}`).matchAll(/\bit\(\s*'([^']+)'/g)].map(
        ([, title]) => title,
      );
      expect(
        literal.filter((title) => !titled.includes(title ?? '')),
        file,
      ).toEqual([]);
    }
  });
});
