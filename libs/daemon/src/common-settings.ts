import type { Io } from './io.ts';
import { createLogger, LOG_LEVELS, type Logger, type LogLevel } from './logger.ts';
import { parseHostPort } from './parse.ts';
import { choiceSetting, countSetting, setting, type Setting, type SettingsOf } from './settings.ts';

const GROUP = 'Logging and monitoring';

/** The settings that every command has; `defineCommand` adds them. */
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

/** `--metrics-address`: where /metrics, /healthz and /readyz are served; each program has its own default. */
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

/** `--metrics-details`: whether /metrics, /healthz and /readyz name objects, files and reasons. */
export const metricsDetailsSetting = choiceSetting({
  flag: 'metrics-details',
  group: GROUP,
  choices: ['on', 'off'],
  default: 'on',
  help: 'off: /metrics, /healthz and /readyz give no names and no reasons to whoever can reach them; the log and status still do',
});

/** A logger on stderr with level and format of the settings. */
export function createProgramLogger(settings: CommonSettings, io: Io): Logger {
  return createLogger({
    level: effectiveLevel(settings),
    format: settings.logFormat,
    stream: io.stderr,
    // systemd sets this variable if it connects stderr with the journal.
    journal: Boolean(io.env['JOURNAL_STREAM']),
  });
}

/** Debug if `-v` is given, unless `--log-level` is trace, which logs more; else the level of `--log-level`. */
export function effectiveLevel({ verbosity, logLevel }: CommonSettings): LogLevel {
  return verbosity > 0 && logLevel !== 'trace' ? 'debug' : logLevel;
}
