import { Writable } from 'node:stream';
import { createLogger, type Logger } from '@kubefigurator/daemon';

/** A logger that writes nothing. */
export function createSilentLog(): Logger {
  return createCapturedLog().log;
}

/** A logger whose lines are kept, each as an object. */
export function createCapturedLog(): {
  readonly log: Logger;
  readonly lines: Readonly<Record<string, unknown>>[];
} {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      for (const line of chunk.toString().split('\n').filter(Boolean))
        lines.push(JSON.parse(line) as Readonly<Record<string, unknown>>);
      done();
    },
  });
  return { log: createLogger({ level: 'debug', format: 'json', stream, journal: false }), lines };
}
