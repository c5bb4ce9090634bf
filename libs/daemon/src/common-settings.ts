import type { Io } from './io.ts';
import { createLogger, LOG_LEVELS, type Logger, type LogLevel } from './logger.ts';
import { parseHostPort } from './parse.ts';
import { choiceSetting, countSetting, setting, type Setting, type SettingsOf } from './settings.ts';

const GROUP = 'Logging and monitoring';

/** Every command has these; `runProgram` adds them by itself. */
export const commonSettings = {
  verbosity: countSetting({
    flag: 'verbosity',
    short: 'v',
    group: GROUP,
    help: 'log more: -v is --log-level debug',
  }),
  logLevel: choiceSetting({
    flag: 'log-level',
    group: GROUP,
    choices: LOG_LEVELS,
    default: 'info',
    help: 'log this and everything more serious',
  }),
  logFormat: choiceSetting({
    flag: 'log-format',
    group: GROUP,
    choices: ['auto', 'json', 'pretty'],
    default: 'auto',
    help: 'auto: pretty on a terminal, else one JSON object a line',
  }),
};

export type CommonSettings = SettingsOf<typeof commonSettings>;

/** `--metrics-address`, where /metrics, /healthz and /readyz are served, with the program's own default. */
export function metricsAddressSetting(initial: string): Setting<string> {
  return setting({
    flag: 'metrics-address',
    value: 'host:port',
    group: GROUP,
    default: initial,
    help: 'serve /metrics, /healthz and /readyz there; off: nowhere',
    parse: (text) => {
      if (text === 'off') return { value: text };
      const parsed = parseHostPort(text);
      return 'value' in parsed ? { value: text } : { reason: `${parsed.reason}, or off` };
    },
  });
}

/** The logger that the common settings ask for, on the program's stderr. */
export function createProgramLogger(settings: CommonSettings, io: Io): Logger {
  return createLogger({
    level: effectiveLevel(settings),
    format: settings.logFormat,
    stream: io.stderr,
    journal: Boolean(io.env['JOURNAL_STREAM']),
  });
}

/** `-v` only adds: it never makes the log quieter than `--log-level`. */
export function effectiveLevel({ verbosity, logLevel }: CommonSettings): LogLevel {
  return verbosity > 0 && logLevel !== 'trace' ? 'debug' : logLevel;
}
