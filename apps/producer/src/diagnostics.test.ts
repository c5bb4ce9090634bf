import { Writable } from 'node:stream';
import type { Diagnostic } from '@kubefigurator/translator';
import { createLogger } from '@kubefigurator/daemon';
import { describe, expect, it } from 'vitest';
import { createDiagnosticsLog, formatDiagnostics } from './diagnostics.ts';

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

describe('the log of diagnostics', () => {
  it('tells what is new and what is gone, once', () => {
    const lines: string[] = [];
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        const { msg, code } = JSON.parse(chunk.toString()) as { msg: string; code: string };
        lines.push(`${msg} ${code}`);
        done();
      },
    });
    const diagnostics = createDiagnosticsLog(
      createLogger({ level: 'info', format: 'json', stream, journal: false }),
    );
    diagnostics.report([invalid]);
    diagnostics.report([invalid]);
    diagnostics.report([invalid, lost]);
    diagnostics.report([lost]);
    diagnostics.report([{ ...lost, message: 'It has no IPv4 address.' }]);
    expect(lines).toEqual([
      'diagnostic.appeared invalid-value',
      'diagnostic.appeared node-without-address',
      'diagnostic.resolved invalid-value',
      'diagnostic.appeared node-without-address',
      'diagnostic.resolved node-without-address',
    ]);
  });
});
