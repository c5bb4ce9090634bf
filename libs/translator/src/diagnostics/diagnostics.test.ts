import { expect, it } from 'vitest';
import { createDiagnostic, DIAGNOSTICS, formatDiagnostic, sortDiagnostics } from './diagnostics.ts';

const web = { kind: 'Service', namespace: 'shop', name: 'web' } as const;

it('a finding gets the severity of its code', () => {
  expect(createDiagnostic({ code: 'invalid-value', object: web, message: 'x' }).severity).toBe('error');
  expect(createDiagnostic({ code: 'unknown-port', object: web, message: 'x' }).severity).toBe('warning');
});

it('a diagnostic is one line that begins with severity and code', () => {
  const finding = { code: 'conflict-host', object: web, port: 'http', message: 'taken' } as const;
  expect(formatDiagnostic(createDiagnostic(finding))).toBe(
    'error conflict-host Service shop/web port http: taken',
  );
  const node = {
    code: 'node-without-address',
    object: { kind: 'Node', name: 'a' },
    message: 'none',
  } as const;
  expect(formatDiagnostic(createDiagnostic(node))).toBe('warning node-without-address Node a: none');
});

it('Services come before Nodes, then names, ports, codes and messages decide', () => {
  const lines = [
    createDiagnostic({ code: 'node-without-address', object: { kind: 'Node', name: 'a' }, message: '' }),
    createDiagnostic({ code: 'invalid-value', object: web, port: 'http', message: 'b' }),
    createDiagnostic({ code: 'invalid-value', object: web, port: 'http', message: 'a' }),
    createDiagnostic({ code: 'unknown-port', object: web, message: 'z' }),
    createDiagnostic({ code: 'unknown-port', object: { ...web, namespace: 'blog' }, message: 'z' }),
  ];
  const sorted = sortDiagnostics(lines);
  expect(sorted).toEqual([...lines].reverse());
  expect(sortDiagnostics(sorted)).toEqual(sorted);
});

it('codes are words with dashes, and each says what it means', () => {
  for (const [code, { meaning }] of Object.entries(DIAGNOSTICS)) {
    expect(code).toMatch(/^[a-z]+(?:-[a-z]+)+$/);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
  }
});
