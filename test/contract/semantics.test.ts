import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIAGNOSTICS as CODES } from '@kubefigurator/translator';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../support/sandbox/programs.ts';
import { DIAGNOSTICS } from './semantics/diagnostics.ts';
import { GUARDS } from './semantics/guards.ts';
import { LIMITS } from './semantics/limits.ts';
import { NODES } from './semantics/nodes.ts';
import { OPTIONS } from './semantics/options.ts';
import { POLICY } from './semantics/policy.ts';
import type { Row } from './semantics/row.ts';
import { SELECTION } from './semantics/selection.ts';
import { SHARING } from './semantics/sharing.ts';

const goldens = join(repositoryRoot, 'libs/translator/golden');
const files = readdirSync(goldens);
const cases = files
  .filter((file) => file.endsWith('.in.yaml'))
  .map((file) => file.slice(0, -'.in.yaml'.length));
const goldensOf = (row: Row): readonly string[] => row.goldens?.split(' ') ?? [];
const rows = [
  ...SELECTION,
  ...OPTIONS,
  ...SHARING,
  ...NODES,
  ...POLICY,
  ...LIMITS,
  ...GUARDS,
  ...DIAGNOSTICS,
];

describe('each statement about what a Service means', () => {
  it.each(rows.map((row) => [row.says, row] as const))('%s', (_says, row) => {
    const { tests = [], missing } = row;
    expect(goldensOf(row).length + tests.length > 0).toBe(missing === undefined);
    expect(goldensOf(row).filter((name) => !cases.includes(name))).toEqual([]);
    expect(tests.filter((test) => !exists(test))).toEqual([]);
  });

  it('is listed once', () => expect(new Set(rows.map(({ says }) => says)).size).toBe(rows.length));

  it('has a golden case or a test that proves it', () => {
    const missing = rows.filter((row) => row.missing !== undefined).map(({ says }) => says);
    expect(missing).toEqual([]);
  });
});

/** True if the file of `<file> › <part of a title>` contains that part; it is searched in the source text. */
function exists(test: string): boolean {
  const [file = '', title = ''] = test.split(' › ');
  const path = join(repositoryRoot, file);
  return title !== '' && existsSync(path) && readFileSync(path, 'utf8').includes(title);
}

it('every golden case proves a statement', () => {
  const named = new Set(rows.flatMap(goldensOf));
  expect(cases.filter((name) => !named.has(name))).toEqual([]);
});

/**
 * A golden case is a single compilation; these codes are about several, and about hosts. Their tests are in
 * apps/producer/src/pace, and in cluster/report there.
 */
const OF_NO_COMPILATION = ['changes-too-often', 'left-out-on-host'];

it('every diagnostic code occurs in a golden case', () => {
  const diagnostics = files.filter((file) => file.endsWith('.diagnostics.txt'));
  const text = diagnostics.map((file) => readFileSync(join(goldens, file), 'utf8')).join('');
  expect(Object.keys(CODES).filter((code) => !text.includes(` ${code} `))).toEqual(OF_NO_COMPILATION);
});
