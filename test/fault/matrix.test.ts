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

/** The names under which each test may have its row: its title, and that of the case for a case of `it.each`. */
function testsOf(code: string): readonly (readonly string[])[] {
  const plain = [...code.matchAll(/\bit\(\s*(['"`])(.+?)\1,/g)].map(([, , title = '']) => [title]);
  const tables = [...code.matchAll(/\bit\.each\((.*?)\)\(\s*(['"`])(.+?)\2,/gs)];
  const cases = tables.flatMap(([, table = '', , title = '']) => {
    const names = namesOfCases(code, table);
    return names.length === 0 ? [[title]] : names.map((name) => [title, name]);
  });
  return [...plain, ...cases];
}

/** The first text of each case of a table, which is written out or made from a constant with `map`. */
function namesOfCases(code: string, table: string): readonly string[] {
  const constant = /^([A-Z_]+)\.map/.exec(table)?.[1];
  const literal =
    constant === undefined
      ? table.slice(1)
      : (new RegExp(`const ${constant}\\b[^=]*= \\[(.*?)\\n\\]`, 's').exec(code)?.[1] ?? '');
  return [...literal.matchAll(/[[{]\s*(?:\w+: )?'([^']+)'/g)].map(([, name = '']) => name);
}

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
      const tests = testsOf(source(`test/fault/${file}`));
      expect(tests, file).not.toEqual([]);
      const without = tests.filter((names) => !names.some((name) => titled.includes(name)));
      expect(without, file).toEqual([]);
    }
  });
});
