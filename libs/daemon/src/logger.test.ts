import { describe, expect, it } from 'vitest';
import { effectiveLevel } from './common-settings.ts';
import { OperatorError } from './errors.ts';
import { createLogger, type LoggerOptions } from './logger.ts';
import { secret } from './secret.ts';
import { captureStream } from './testing/captured-io.ts';

function logged(
  options: Partial<LoggerOptions>,
  terminal = false,
): { log: ReturnType<typeof createLogger>; text: () => string } {
  const { stream, text } = captureStream();
  Object.assign(stream, { isTTY: terminal });
  return { log: createLogger({ level: 'info', format: 'auto', stream, journal: false, ...options }), text };
}

describe('createLogger', () => {
  it('writes one JSON object per line, synchronously', () => {
    const { log, text } = logged({});
    log.info({ key: '/a' }, 'etcd.connected');
    log.debug('reload.requested');
    const line = JSON.parse(text()) as Record<string, unknown>;
    expect(line).toMatchObject({ level: 'info', key: '/a', msg: 'etcd.connected' });
    expect(Object.keys(line)).toEqual(['level', 'time', 'key', 'msg']);
  });

  it('is pretty on a terminal', () => {
    const { log, text } = logged({}, true);
    log.warn({ failures: 1 }, 'pass.failed');
    expect(text()).toMatch(/WARN.*pass\.failed.*"failures":1/);
  });

  it.each(['json', 'pretty'] as const)('starts each line with its priority for the journal, %s', (format) => {
    const { log, text } = logged({ format, journal: true, level: 'debug' });
    log.error({ err: new Error('a\nb') }, 'pass.failed');
    log.warn('pass.failed');
    log.info('pass.failed');
    log.debug('pass.failed');
    const priorities = text()
      .trimEnd()
      .split('\n')
      .map((line) => /^<\d>/.exec(line)?.[0]);
    expect([...new Set(priorities)]).toEqual(['<3>', '<4>', '<6>', '<7>']);
  });

  it('writes message and code of an error, no other property and no secret', () => {
    const { log, text } = logged({});
    const err = Object.assign(new OperatorError('denied', { code: 'denied' }), {
      request: { password: 'hunter2' },
    });
    log.warn({ err, hint: secret('hunter2') }, 'pass.failed');
    expect(JSON.parse(text())).toMatchObject({
      err: { type: 'OperatorError', message: 'denied', code: 'denied' },
      hint: '[redacted]',
    });
    expect(text()).not.toContain('hunter2');
  });
});

describe('effectiveLevel', () => {
  it.each([
    [0, 'info', 'info'],
    [1, 'info', 'debug'],
    [4, 'warn', 'debug'],
    [1, 'trace', 'trace'],
    [0, 'error', 'error'],
  ] as const)('-v given %i times with %s is %s', (verbosity, logLevel, level) => {
    expect(effectiveLevel({ verbosity, logLevel, logFormat: 'auto' })).toBe(level);
  });
});
