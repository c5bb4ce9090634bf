import type { Writable } from 'node:stream';
import { pino, stdTimeFunctions, symbols, type DestinationStream } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { withoutUserInfo } from './user-info.ts';
import type { EventField, EventFields, EventName } from './events/index.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Refuses, at compile time, a field that none of the events has. */
type FieldsOf<Event extends EventName, Fields> = Fields & {
  readonly [Name in Exclude<keyof Fields, EventField<Event>>]: never;
};

/** Takes an event of the table, with fields of its row before it: `log.info({ key }, 'etcd.connected')`. */
export interface LogCall {
  (event: EventName): void;
  <Event extends EventName, Fields extends object>(fields: FieldsOf<Event, Fields>, event: Event): void;
}

export type Logger = Readonly<Record<LogLevel, LogCall>> & {
  /** A logger that writes these fields with each event; the rows of its events must have them. */
  child(fields: EventFields<EventName>): Logger;
};
export type LogFormat = 'auto' | 'json' | 'pretty';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** `auto` is pretty on a terminal and json elsewhere. */
  readonly format: LogFormat;
  readonly stream: Writable;
  /** Start each line with a priority that journald understands, `<3>` to `<7>` (sd-daemon(3)). */
  readonly journal: boolean;
}

/** A logger that writes synchronously, so that no line is lost at exit; it leaves out users and passwords of URLs. */
export function createLogger({ level, format, stream, journal }: LoggerOptions): Logger {
  const terminal = (stream as { isTTY?: boolean }).isTTY === true;
  const pretty = format === 'pretty' || (format === 'auto' && terminal);
  const render = pretty
    ? prettyFactory({
        colorize: terminal,
        // journald has the time of each line already.
        ignore: journal ? 'time' : '',
        translateTime: 'SYS:HH:MM:ss.l',
        singleLine: true,
      })
    : (line: string) => line;
  const destination = {
    // With this symbol, pino sets `lastLevel` before each write.
    [symbols.needsMetadataGsym]: true,
    lastLevel: 30,
    write(line: string) {
      const text = render(withoutUserInfo(line));
      stream.write(journal ? withPriority(text, destination.lastLevel) : text);
    },
  };
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      serializers: { err: (thrown: unknown) => describeThrown(thrown, level) },
      ...(pretty ? {} : { formatters: { level: (label: string) => ({ level: label }) } }),
    },
    destination as DestinationStream,
  );
}

/** syslog's priorities by pino's levels: error, warn, info. */
const PRIORITIES = [
  { from: 50, priority: 3 },
  { from: 40, priority: 4 },
  { from: 30, priority: 6 },
];
/** The priority of debug and trace. */
const LOWEST_PRIORITY = 7;

/** Puts syslog's priority before each line that isn't empty. */
function withPriority(text: string, level: number): string {
  const priority = PRIORITIES.find(({ from }) => level >= from)?.priority ?? LOWEST_PRIORITY;
  return text.replace(/^(?=.)/gm, `<${priority}>`);
}

/**
 * Type, message and code of an error, and its stack at level debug and trace; no other property, since the error of a
 * client may hold a request with a secret.
 */
function describeThrown(thrown: unknown, level: LogLevel): unknown {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const { code } = thrown as { code?: unknown };
  const detailed = level === 'debug' || level === 'trace';
  return {
    type: thrown.name,
    message: thrown.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(detailed ? { stack: thrown.stack } : {}),
  };
}
