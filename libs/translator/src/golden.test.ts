import { formatDiagnostic } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allocate, build, render, translate } from './index.ts';
import { expectFile } from './testing/golden-files.ts';
import { readCase } from './testing/manifests.ts';

/** Drop `<case>.in.yaml` here, its first line a comment with its reason, and the rest is written. */
const FOLDER = join(import.meta.dirname, '..', 'golden');
const files = readdirSync(FOLDER).sort();
const cases = files
  .filter((file) => file.endsWith('.in.yaml'))
  .map((file) => file.slice(0, -'.in.yaml'.length));

describe.each(cases)('golden %s', (name) => {
  const input = readFileSync(join(FOLDER, `${name}.in.yaml`), 'utf8');
  const { snapshot, settings } = readCase(input);
  const allocation = allocate(translate(snapshot, settings));
  const text = render(build(allocation, settings));

  it('says why it is there', () => expect(input).toMatch(/^# \S.{10,}\n/));
  it('gives the config', () => expectFile(join(FOLDER, `${name}.out.cfg`), text));
  it('gives the diagnostics', () => {
    const lines = allocation.diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`);
    expectFile(join(FOLDER, `${name}.diagnostics.txt`), lines.join(''));
  });
  it('keeps to what HAProxy takes on a line', () => {
    const lines = parseConfigText(text).sections.flatMap((section) => section.lines);
    for (const line of lines) expect(line.words.length).toBeLessThanOrEqual(64);
  });
});

it('every file belongs to a case', () => {
  const known = new Set(
    cases.flatMap((name) => [`${name}.in.yaml`, `${name}.out.cfg`, `${name}.diagnostics.txt`]),
  );
  expect(files.filter((file) => !known.has(file))).toEqual([]);
});

it('every case has a reason of its own', () => {
  const reasons = cases.map(
    (name) => readFileSync(join(FOLDER, `${name}.in.yaml`), 'utf8').split('\n', 1)[0],
  );
  expect(new Set(reasons).size).toBe(cases.length);
});
