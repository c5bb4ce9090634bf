import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIAGNOSTICS as CODES } from '@kubefigurator/translator';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../support/sandbox/programs.ts';
import { DIAGNOSTICS } from './semantics/diagnostics.ts';
import { NODES } from './semantics/nodes.ts';
import { OPTIONS } from './semantics/options.ts';
import type { Row } from './semantics/row.ts';
import { SELECTION } from './semantics/selection.ts';
import { SHARING } from './semantics/sharing.ts';

const goldens = join(repositoryRoot, 'libs/translator/golden');
const files = readdirSync(goldens);
const cases = files
  .filter((file) => file.endsWith('.in.yaml'))
  .map((file) => file.slice(0, -'.in.yaml'.length));
const goldensOf = (row: Row): readonly string[] => row.goldens?.split(' ') ?? [];
const rows = [...SELECTION, ...OPTIONS, ...SHARING, ...NODES, ...DIAGNOSTICS];

describe('every sentence of what a Service means', () => {
  it.each(rows.map((row) => [row.says, row] as const))('%s', (_says, row) => {
    const { tests = [], missing } = row;
    expect(goldensOf(row).length + tests.length > 0).toBe(missing === undefined);
    expect(goldensOf(row).filter((name) => !cases.includes(name))).toEqual([]);
    expect(tests.filter((test) => !exists(test))).toEqual([]);
  });

  it('is there once', () => expect(new Set(rows.map(({ says }) => says)).size).toBe(rows.length));

  it('has something that holds it', () => {
    const missing = rows.filter((row) => row.missing !== undefined).map(({ says }) => says);
    expect(missing).toEqual([]);
  });
});

/** True for `<file> › <words of a title>`; titles may be computed, so the words are looked for as they stand there. */
function exists(test: string): boolean {
  const [file = '', title = ''] = test.split(' › ');
  const path = join(repositoryRoot, file);
  return title !== '' && existsSync(path) && readFileSync(path, 'utf8').includes(title);
}

it('every golden case holds a sentence', () => {
  const named = new Set(rows.flatMap(goldensOf));
  expect(cases.filter((name) => !named.has(name))).toEqual([]);
});

it('every diagnostic code occurs in a golden case', () => {
  const diagnostics = files.filter((file) => file.endsWith('.diagnostics.txt'));
  const text = diagnostics.map((file) => readFileSync(join(goldens, file), 'utf8')).join('');
  expect(Object.keys(CODES).filter((code) => !text.includes(` ${code} `))).toEqual([]);
});
