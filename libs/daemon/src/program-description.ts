import type { Command } from './command.ts';

/** Name, version and commands of a program. */
export interface Program {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

export const PRINT_SETTINGS = 'print-settings';
export const PRINT_SETTINGS_HELP = 'print each setting, its value and where it came from, and exit';
