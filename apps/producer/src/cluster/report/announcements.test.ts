import type { Diagnostic } from '@kubefigurator/translator';
import { describe, expect, it } from 'vitest';
import type { FindUid } from '../event-access.ts';
import { appearedDiagnostics, resolvedDiagnostics, diagnosticsByContent } from './announcements.ts';

const wrong = (message: string, name = 'web'): Diagnostic => ({
  code: 'invalid-value',
  severity: 'error',
  object: { kind: 'Service', namespace: 'shop', name },
  port: 'http',
  message,
});
const uids =
  (found: Readonly<Record<string, string>>): FindUid =>
  ({ name }) =>
    found[name];
const here = uids({ web: 'u1', docs: 'u2' });

function changes(
  before: readonly Diagnostic[],
  now: readonly Diagnostic[],
  [uidBefore, uidNow]: readonly [FindUid, FindUid] = [here, here],
): string[] {
  const [first, second] = [diagnosticsByContent(before, uidBefore), diagnosticsByContent(now, uidNow)];
  return [...resolvedDiagnostics(first, second, uidNow), ...appearedDiagnostics(first, second)].map(
    ({ kind, uid, diagnostic }) => `${kind} ${uid} ${diagnostic.message}`,
  );
}

describe('the announcements of a pass', () => {
  it.each([
    ['a mistake', [], [wrong('a')], ['appeared u1 a']],
    ['the same as before', [wrong('a')], [wrong('a')], []],
    ['the same twice', [], [wrong('a'), wrong('a')], ['appeared u1 a']],
    ['a mended one', [wrong('a')], [], ['resolved u1 a']],
    ['one of two mended', [wrong('a'), wrong('b')], [wrong('b')], ['resolved u1 a']],
    ['another mistake in its place', [wrong('a')], [wrong('b')], ['appeared u1 b']],
    ['the same on two objects', [wrong('a')], [wrong('a'), wrong('a', 'docs')], ['appeared u2 a']],
    ['an object that is gone', [], [wrong('a', 'gone')], []],
  ])('%s', (_what, before, now, expected) => {
    expect(changes(before, now)).toEqual(expected);
  });

  it('have nothing on an object that was deleted', () => {
    expect(changes([wrong('a')], [], [here, uids({})])).toEqual([]);
  });

  it('repeat a diagnostic for an object that was created anew', () => {
    expect(changes([wrong('a')], [wrong('a')], [here, uids({ web: 'u9' })])).toEqual(['appeared u9 a']);
  });
});
