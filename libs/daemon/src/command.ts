import { commonSettings, type CommonSettings } from './common-settings.ts';
import type { Io } from './io.ts';
import type { Logger } from './logger.ts';
import type { SettingsOf, SettingsTable } from './settings.ts';

/** The arguments of a command. */
export interface CommandContext<Table extends SettingsTable> {
  readonly io: Io;
  readonly settings: SettingsOf<Table> & CommonSettings;
  /** Writes to stderr, with level and format of the common settings. */
  readonly log: Logger;
}

/** One subcommand, as it is declared; `defineCommand` infers the types of its settings. */
export interface CommandDefinition<Table extends SettingsTable> {
  readonly name: string;
  readonly summary: string;
  /** Shown by `--help` instead of the summary. */
  readonly description?: string;
  /** Its own settings; `defineCommand` adds the common ones. */
  readonly settings: Table;
  /** Flags whose values may also be given without the flag: the first argument is a value of the first flag, and so on. */
  readonly positional?: readonly string[];
  /** The exit code if a value is wrong or `run` throws a UsageError; 2 by default. A wrong flag always gives 2. */
  readonly usageExitCode?: number;
  /** The exit code after any other exception; 1 by default, 2 for a command like diff(1). */
  readonly failureExitCode?: number;
  /** Does the work and returns the exit code. */
  readonly run: (context: CommandContext<Table>) => Promise<number>;
}

/** A subcommand; the types of its settings are erased, so that a program can list its commands. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly description: string | undefined;
  readonly table: SettingsTable;
  readonly positional: readonly string[];
  readonly usageExitCode: number;
  readonly failureExitCode: number;
  readonly run: (context: CommandContext<SettingsTable>) => Promise<number>;
}

/** Makes a command whose `run` gets the values of its own table with their types. */
export function defineCommand<Table extends SettingsTable>(definition: CommandDefinition<Table>): Command {
  return {
    name: definition.name,
    summary: definition.summary,
    description: definition.description,
    positional: definition.positional ?? [],
    table: { ...definition.settings, ...commonSettings },
    usageExitCode: definition.usageExitCode ?? 2,
    failureExitCode: definition.failureExitCode ?? 1,
    run: definition.run as Command['run'],
  };
}
