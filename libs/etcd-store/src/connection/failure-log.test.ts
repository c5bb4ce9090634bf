import { createLogger, OperatorError } from '@kubefigurator/daemon';
import { captureStream } from '@kubefigurator/daemon/testing';
import { expect, it } from 'vitest';
import { createFailureLog } from './failure-log.ts';

const failure = (code: string): OperatorError => new OperatorError(code, { code });

it('logs each failure once, and the success after it at the level of the failure', () => {
  const { stream, text } = captureStream();
  const log = createFailureLog(
    createLogger({ level: 'info', format: 'json', stream, journal: false }),
    'status',
  );
  const lines = (): readonly string[] =>
    text()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const { level, msg } = JSON.parse(line) as { readonly level: string; readonly msg: string };
        return `${level} ${msg}`;
      });
  log(undefined);
  log(failure('unreachable'));
  log(undefined);
  expect(lines(), 'the follower logs these').toEqual([]);
  expect(['denied', 'denied', 'quota'].map((code) => log(failure(code)))).toEqual([true, true, false]);
  log(undefined);
  log(undefined);
  expect(lines()).toEqual(['warn status.denied', 'warn status.failed', 'warn status.recovered']);
});
