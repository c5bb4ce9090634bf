import type { EventTable } from './event.ts';
import { ERR, KEY, RETRY } from './fields.ts';

/** The events that both programs log, without those about etcd. */
export const commonEvents = {
  'health.listening': {
    program: 'both',
    levels: ['info'],
    meaning: '/metrics, /healthz and /readyz are served.',
    fields: { address: 'address and port' },
  },
  'health.failed': {
    program: 'both',
    levels: ['warn'],
    meaning: 'The server of /metrics, /healthz and /readyz reported an error; it goes on serving.',
    fields: { ...ERR },
  },
  'metrics.failed': {
    program: 'both',
    levels: ['warn', 'debug'],
    meaning:
      'A request for /metrics was answered with 500. If that was so for the request before, too, the level is debug.',
    fields: { ...ERR },
    endedBy: ['metrics.recovered'],
  },
  'metrics.recovered': {
    program: 'both',
    levels: ['warn'],
    meaning: 'A request for /metrics was answered as usual, after one that was answered with 500.',
    fields: {},
  },
  'pass.failed': {
    program: 'both',
    levels: ['warn'],
    meaning: 'An exception ended a pass; the pass is tried again, and what runs is kept.',
    fields: {
      ...ERR,
      failures: 'the number of failed passes in a row',
      ...RETRY,
      hint: 'what the operator can do about it',
    },
    endedBy: ['pass.recovered'],
  },
  'pass.recovered': {
    program: 'both',
    levels: ['warn'],
    meaning: 'A pass ended as usual, after passes that an exception ended.',
    fields: { failures: 'the number of failed passes before it' },
  },
  'program.started': {
    program: 'both',
    levels: ['info'],
    meaning: 'The service runs and begins to watch etcd.',
    fields: {
      ...KEY,
      host: 'the name of this host in etcd (consumer)',
      file: 'the path of dynamic.cfg (consumer)',
      method: 'how a text is activated: `reload`, `restart` or `command` (consumer)',
    },
  },
  'program.stopped': {
    program: 'both',
    levels: ['info'],
    meaning: 'The service stopped after a signal; HAProxy goes on.',
    fields: {},
  },
  'variable.ignored': {
    program: 'both',
    levels: ['warn'],
    meaning: 'An environment variable begins like those of the program, and no setting reads it.',
    fields: { variable: 'the name of the variable', hint: 'the nearest variable that is read' },
  },
  'program.failed': {
    program: 'both',
    levels: ['debug'],
    meaning: 'A command failed; the same failure is on stderr in one line.',
    fields: { ...ERR, cause: 'the message of the library that failed' },
  },
  'reload.requested': {
    program: 'both',
    levels: ['info'],
    meaning: 'SIGHUP or SIGUSR1 arrived: everything is read again, and the program acts on it at once.',
    fields: {},
  },
} as const satisfies EventTable;
