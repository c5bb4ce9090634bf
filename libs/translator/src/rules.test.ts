import { DIAGNOSTICS } from '@kubefigurator/config-model';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RULES } from './testing/rules.ts';

const FOLDER = join(import.meta.dirname, '..', 'golden');
const files = readdirSync(FOLDER);
const cases = files
  .filter((file) => file.endsWith('.in.yaml'))
  .map((file) => file.slice(0, -'.in.yaml'.length));

it('every rule is held by golden cases that exist', () => {
  const named = Object.values(RULES).flat();
  expect(named.filter((name) => !cases.includes(name))).toEqual([]);
});

it('every golden case holds a rule', () => {
  const named = new Set(Object.values(RULES).flat());
  expect(cases.filter((name) => !named.has(name))).toEqual([]);
});

it('every diagnostic code occurs in a golden case', () => {
  const diagnostics = files.filter((file) => file.endsWith('.diagnostics.txt'));
  const text = diagnostics.map((file) => readFileSync(join(FOLDER, file), 'utf8')).join('');
  expect(Object.keys(DIAGNOSTICS).filter((code) => !text.includes(` ${code} `))).toEqual([]);
});
