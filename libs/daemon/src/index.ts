export { createAlarm, type Alarm, type AlarmLevel } from './alarm.ts';
export { alignColumns } from './align-columns.ts';
export { createBackoff, delay, type Backoff, type BackoffLimits } from './backoff.ts';
export { defineCommand, type Command, type CommandContext, type CommandDefinition } from './command.ts';
export { PRINT_SETTINGS, PRINT_SETTINGS_HELP, type Program } from './program-description.ts';
export {
  commonSettings,
  createProgramLogger,
  metricsAddressSetting,
  metricsDetailsSetting,
  type CommonSettings,
} from './common-settings.ts';
export {
  describeFailure,
  messageOfError,
  OperatorError,
  UsageError,
  type OperatorErrorOptions,
} from './errors.ts';
export { EVENTS, type EventField, type EventFields, type EventName } from './events/index.ts';
export type { EventRow } from './events/event.ts';
export { runChild, type ChildOptions, type ChildResult } from './exec.ts';
export { fileTrouble } from './file-trouble.ts';
export { createHeapTrimmer, type HeapTrimmer } from './heap-trimmer.ts';
export { serveHealth, type Health, type HealthOptions, type HealthServer } from './health.ts';
export type { Io } from './io.ts';
export { createLogger, type LogFormat, type Logger, type LoggerOptions, type LogLevel } from './logger.ts';
export {
  createMetrics,
  type CounterMetric,
  type GaugeMetric,
  type HistogramMetric,
  type Labels,
  type MetricDescription,
  type MetricOptions,
  type Metrics,
} from './metrics.ts';
export {
  parseBoolean,
  parseDuration,
  parseHostPort,
  parsePort,
  parseNonBlankText,
  parseWhole,
  type HostPort,
  type Parsed,
} from './parse.ts';
export { runProgram } from './program.ts';
export {
  createReconcileLoop,
  type ReconcileLoop,
  type ReconcileOptions,
  type ReconcileStatus,
} from './reconcile.ts';
export { environmentName, type Provenance, type ResolvedSettings } from './resolve-settings.ts';
export { runMain, type NodeProcess } from './run-main.ts';
export { revealSecret, secret, type Secret } from './secret.ts';
export {
  booleanSetting,
  choiceSetting,
  countSetting,
  durationSetting,
  fileSetting,
  listSetting,
  numberSetting,
  setting,
  textSetting,
  type Initial,
  type ListOptions,
  type Setting,
  type SettingOptions,
  type SettingsOf,
  type SettingsTable,
} from './settings.ts';
export { notifySystemd, watchdogIntervalMs } from './systemd.ts';
export { unifiedDiff, type DiffOptions, type DiffSide } from './unified-diff.ts';
export { unlessStopped } from './unless-stopped.ts';
export { addressWithoutUserInfo, withoutUserInfo } from './user-info.ts';
export { VERSION } from './version.ts';
