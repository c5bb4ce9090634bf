import { describe, expect, it } from 'vitest';
import type { Diagnostic } from './diagnostics.ts';
import { createDiagnostic } from './diagnostics.ts';
import { mergeDiagnostics } from './merge.ts';

function diagnostic(message: string, more: Partial<Diagnostic> = {}): Diagnostic {
  const object = { kind: 'Service', namespace: 'shop', name: 'web' } as const;
  return { ...createDiagnostic({ code: 'unknown-option', object, message }), ...more };
}

describe('diagnostics of one object, port and code', () => {
  it('are one, with the first messages and the number of the others', () => {
    const all = ['e', 'd', 'c', 'b', 'a'].map((message) => diagnostic(message));
    expect(mergeDiagnostics(all)).toEqual([diagnostic('a; b; c; and 2 more of this kind')]);
  });

  it('have two messages if both are short, and only the first if both are long', () => {
    const [a, b] = ['a'.repeat(400), 'b'.repeat(400)];
    expect(mergeDiagnostics([diagnostic('b'), diagnostic('a')])).toEqual([diagnostic('a; b')]);
    expect(mergeDiagnostics([diagnostic(b), diagnostic(a)])).toEqual([
      diagnostic(`${a}; and 1 more of this kind`),
    ]);
  });

  it('are one without a number if they say the same', () => {
    expect(mergeDiagnostics([diagnostic('a'), diagnostic('a')])).toEqual([diagnostic('a')]);
  });

  it('stay apart from those of another port, code, object or kind', () => {
    const all = [
      diagnostic('a'),
      diagnostic('a', { port: 'http' }),
      diagnostic('a', { code: 'unknown-port' }),
      diagnostic('a', { object: { kind: 'Service', namespace: 'shop', name: 'api' } }),
      diagnostic('a', { object: { kind: 'Node', name: 'web' } }),
    ];
    expect(mergeDiagnostics(all)).toHaveLength(all.length);
    expect(mergeDiagnostics([])).toEqual([]);
  });
});
