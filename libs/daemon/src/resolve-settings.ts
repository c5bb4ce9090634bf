import { UsageError } from './errors.ts';
import type { Io } from './io.ts';
import type { Setting, SettingsOf, SettingsTable } from './settings.ts';

/** Where a value came from, as `--print-settings` prints it: `flag`, `environment NAME` or `default`. */
export type Provenance = string;

/** The values of a table, and where each came from. */
export interface ResolvedSettings<Table extends SettingsTable> {
  readonly settings: SettingsOf<Table>;
  readonly provenance: Readonly<Record<keyof Table, Provenance>>;
}

/** The environment variable of a flag, such as `KUBEFIGURATOR_ETCD_HOST` for `etcd-host`. */
export function environmentName(flag: string): string {
  return `KUBEFIGURATOR_${flag.replaceAll('-', '_').toUpperCase()}`;
}

/** What was given for one setting. */
interface Given {
  readonly from: Provenance;
  /** The flag or the variable, for messages. */
  readonly label: string;
  readonly texts: readonly string[];
}

function givenFor(
  setting: Setting<unknown>,
  flags: ReadonlyMap<string, readonly string[]>,
  io: Io,
): Given | undefined {
  const texts = flags.get(setting.flag);
  if (texts !== undefined) return { from: 'flag', label: `--${setting.flag}`, texts };
  for (const name of [environmentName(setting.flag), ...setting.environment]) {
    const text = io.env[name];
    const isSet = text !== undefined && (text !== '' || setting.emptyIsValue);
    if (isSet) return { from: `environment ${name}`, label: name, texts: [text] };
  }
  return undefined;
}

/** Takes each value from the flag, else the environment, else the default; throws UsageError for the first wrong one. */
export function resolveSettings<Table extends SettingsTable>(
  table: Table,
  flags: ReadonlyMap<string, readonly string[]>,
  io: Io,
): ResolvedSettings<Table> {
  const settings: Record<string, unknown> = {};
  const provenance: Record<string, Provenance> = {};
  for (const [name, setting] of Object.entries(table)) {
    const given = givenFor(setting, flags, io);
    provenance[name] = given?.from ?? 'default';
    settings[name] = given === undefined ? setting.initial(io) : valueOf(setting, given);
  }
  return { settings, provenance } as ResolvedSettings<Table>;
}

function valueOf(setting: Setting<unknown>, given: Given): unknown {
  const parsed = setting.parse(given.texts);
  if ('value' in parsed) return parsed.value;
  throw new UsageError(`${given.label}: ${parsed.reason}`);
}
