import { commonSettings, type CommonSettings } from './common-settings.ts';
import type { Io } from './io.ts';
import type { Logger } from './logger.ts';
import type { SettingsOf, SettingsTable } from './settings.ts';

/** What a command runs with. */
export interface CommandContext<Table extends SettingsTable> {
  readonly io: Io;
  readonly settings: SettingsOf<Table> & CommonSettings;
  /** On stderr, as the common settings ask. */
  readonly log: Logger;
}

/** One subcommand; `defineCommand` infers the types of its settings. */
export interface CommandDefinition<Table extends SettingsTable> {
  readonly name: string;
  readonly summary: string;
  /** More sentences for `--help`. */
  readonly description?: string;
  /** Its own settings; the common ones are added. */
  readonly settings: Table;
  /** Exit code when used wrongly; 2 by default. */
  readonly usageExitCode?: number;
  /** Exit code when it throws; 1 by default, 2 for a command like diff(1). */
  readonly failureExitCode?: number;
  /** Does the work and gives the exit code. */
  readonly run: (context: CommandContext<Table>) => Promise<number>;
}

/** A command whose settings' types are known to itself only. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly description: string | undefined;
  readonly table: SettingsTable;
  readonly usageExitCode: number;
  readonly failureExitCode: number;
  readonly run: (context: CommandContext<SettingsTable>) => Promise<number>;
}

/** Ties a command's `run` to the types of its own table. */
export function defineCommand<Table extends SettingsTable>(definition: CommandDefinition<Table>): Command {
  return {
    name: definition.name,
    summary: definition.summary,
    description: definition.description,
    table: { ...definition.settings, ...commonSettings },
    usageExitCode: definition.usageExitCode ?? 2,
    failureExitCode: definition.failureExitCode ?? 1,
    run: definition.run as Command['run'],
  };
}
