import { Writable } from 'node:stream';
import type { Diagnostic } from '@kubefigurator/translator';
import { createLogger } from '@kubefigurator/daemon';
import { describe, expect, it } from 'vitest';
import { createDiagnosticsLog, type DiagnosticsLog, formatDiagnostics } from './diagnostics.ts';

const invalid: Diagnostic = {
  code: 'invalid-value',
  severity: 'error',
  object: { kind: 'Service', namespace: 'shop', name: 'web' },
  port: 'http',
  message: 'listen-port must be a number.',
};
const lost: Diagnostic = {
  code: 'node-without-address',
  severity: 'warning',
  object: { kind: 'Node', name: 'worker-a' },
  message: 'It has no IPv6 address.',
};

describe('formatDiagnostics', () => {
  it('writes one line for each, naming the object', () => {
    expect(formatDiagnostics([invalid, lost], 'text')).toBe(
      'error: Service shop/web port http: listen-port must be a number. [invalid-value]\n' +
        'warning: Node worker-a: It has no IPv6 address. [node-without-address]\n',
    );
    expect(formatDiagnostics([], 'text')).toBe('');
  });

  it('writes one JSON array, also of none', () => {
    expect(JSON.parse(formatDiagnostics([invalid, lost], 'json'))).toEqual([invalid, lost]);
    expect(JSON.parse(formatDiagnostics([], 'json'))).toEqual([]);
  });
});

interface Line {
  readonly msg: string;
  readonly code?: string;
  readonly namespace?: string;
  readonly what?: string;
  readonly count?: number;
}

/** A log of diagnostics, and what it has written. */
function openLog(): { readonly diagnostics: DiagnosticsLog; readonly lines: Line[] } {
  const lines: Line[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()) as Line);
      done();
    },
  });
  const log = createLogger({ level: 'info', format: 'json', stream, journal: false });
  return { diagnostics: createDiagnosticsLog(log), lines };
}

describe('the log of diagnostics', () => {
  it('names 50 of a namespace at once, and counts the others', () => {
    const { diagnostics, lines } = openLog();
    const ports = Array.from({ length: 2_400 }, (_, index) => ({ ...invalid, port: `p${String(index)}` }));
    diagnostics.report([...ports, { ...lost }]);
    expect(lines.filter(({ code }) => code === 'invalid-value')).toHaveLength(50);
    expect(lines.filter(({ code }) => code === 'node-without-address')).toHaveLength(1);
    expect(lines.at(-1)).toMatchObject({
      ...{ msg: 'diagnostic.skipped', namespace: 'shop', what: 'diagnostic.appeared', count: 2_350 },
    });
    diagnostics.report([lost]);
    expect(lines.at(-1)).toMatchObject({ what: 'diagnostic.resolved', count: 2_350 });
    expect(lines).toHaveLength(51 + 1 + 51);
  });

  it('tells what is new and what is gone, once', () => {
    const { diagnostics, lines } = openLog();
    diagnostics.report([invalid]);
    diagnostics.report([invalid]);
    diagnostics.report([invalid, lost]);
    diagnostics.report([lost]);
    diagnostics.report([{ ...lost, message: 'It has no IPv4 address.' }]);
    expect(lines.map(({ msg, code = '' }) => `${msg} ${code}`)).toEqual([
      'diagnostic.appeared invalid-value',
      'diagnostic.appeared node-without-address',
      'diagnostic.resolved invalid-value',
      'diagnostic.appeared node-without-address',
      'diagnostic.resolved node-without-address',
    ]);
  });
});
