import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDiagnostic } from '@kubefigurator/translator';
import { parseConfigText, type Excess } from '@kubefigurator/haproxy-config';
import { expectFile, goldenSettings } from '@kubefigurator/translator/testing';
import { describe, expect, it } from 'vitest';
import { parseManifestDocuments } from './cluster/manifests/manifest-documents.ts';
import { readManifests } from './cluster/manifests/manifests.ts';
import { compileGuarded, type GuardedCompilation } from './guarded.ts';
import { createGuard } from './publish/guard/guard.ts';

/**
 * A case is `<case>.in.yaml`, whose first line is a comment with its reason; the test writes the missing files.
 * If there is a `<case>.standing.cfg`, it is the text that was published before. The guards are on in the cases `guard-…`,
 * since the others compare texts of clusters that have nothing in common.
 * The objects go the way of `view --from`, so that a case fails if any part of the producer's path drops them.
 */
const FOLDER = join(import.meta.dirname, '../../../libs/translator/golden');
const files = readdirSync(FOLDER).sort();
const cases = files
  .filter((file) => file.endsWith('.in.yaml'))
  .map((file) => file.slice(0, -'.in.yaml'.length));

function textOf(file: string): string | undefined {
  return files.includes(file) ? readFileSync(join(FOLDER, file), 'utf8') : undefined;
}

describe.each(cases)('golden %s', (name) => {
  const input = readFileSync(join(FOLDER, `${name}.in.yaml`), 'utf8');
  const { snapshot } = readManifests([{ name, text: input }], []);
  const settings = goldenSettings(parseManifestDocuments(name, input).map(({ value }) => value));
  const excess = (built: { readonly text: string }, part: number): Excess[] => {
    const [count, most] = [built.text.length, settings.mostCharacters];
    return count > part * most
      ? [{ resource: 'characters', count, most, part, unit: 'characters of this test' }]
      : [];
  };
  const guards = { guards: name.startsWith('guard-'), share: 0.5, minimum: 4, confirmAfterMs: 300_000 };
  /** A producer that is started over this text, and reads in etcd of which Services another one holds something. */
  const compileOver = (before: string | undefined, held: readonly string[] = []): GuardedCompilation => {
    const guard = createGuard(guards);
    guard.resume(held);
    return compileGuarded(snapshot, settings, {
      before,
      releases: [],
      guard,
      isApproved: () => false,
      now: 0,
      listedAt: undefined,
      room: { excess },
    });
  };
  const { text, diagnostics, judgement } = compileOver(textOf(`${name}.standing.cfg`));

  it('begins with a comment that says what the case is for', () => expect(input).toMatch(/^# \S.{10,}\n/));
  it('gives the config', () => expectFile(join(FOLDER, `${name}.out.cfg`), text));
  it('gives the diagnostics', () => {
    const lines = diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic)}\n`);
    expectFile(join(FOLDER, `${name}.diagnostics.txt`), lines.join(''));
  });
  it('gives the same text again if that text is the standing one', () => {
    const held = judgement.verdict.held.map(({ service }) => service);
    expect(compileOver(text, held).text).toBe(text);
  });
  it('has at most the 64 words on a line that HAProxy reads', () => {
    const lines = parseConfigText(text).sections.flatMap((section) => section.lines);
    for (const line of lines) expect(line.words.length).toBeLessThanOrEqual(64);
  });
});

it('every file belongs to a case', () => {
  const known = new Set(
    cases.flatMap((name) =>
      ['in.yaml', 'standing.cfg', 'out.cfg', 'diagnostics.txt'].map((end) => `${name}.${end}`),
    ),
  );
  expect(files.filter((file) => !known.has(file))).toEqual([]);
});

it('every case has a reason of its own', () => {
  const reasons = cases.map(
    (name) => readFileSync(join(FOLDER, `${name}.in.yaml`), 'utf8').split('\n', 1)[0],
  );
  expect(new Set(reasons).size).toBe(cases.length);
});
