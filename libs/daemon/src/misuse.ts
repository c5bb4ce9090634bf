import type { CommanderError } from 'commander';
import type { Command } from './command.ts';
import type { Io } from './io.ts';
import { nearestFlag } from './nearest-flag.ts';
import { PRINT_SETTINGS, type Program } from './program-description.ts';
import type { Setting } from './settings.ts';

/** An error of commander in its parts. */
export interface Misuse {
  /** commander's own code, such as `commander.unknownOption`. */
  readonly code: string;
  /** The message without commander's suggestion. */
  readonly text: string;
  /** The argument in question, as it was given. */
  readonly quoted: string;
  /** The same argument without `=` and a value. */
  readonly name: string;
  /** commander's suggestion as the end of a sentence, `; did you mean --x?`; empty if it has none. */
  readonly suggestion: string;
}

/** Reads the parts out of the message of commander's error. */
export function misuseOf({ code, message }: CommanderError): Misuse {
  const [text = '', suggestion = ''] = message.replace(/^error: /, '').split('\n');
  const quoted = /'([^']*)'/.exec(text)?.[1] ?? '';
  const [name = ''] = quoted.split('=');
  // commander writes `(Did you mean --x?)` on a line of its own.
  return { code, text, quoted, name, suggestion: suggestion.replace(/^\(D(.*)\)$/, '; d$1') };
}

/** What is wrong and what would be right, with flags and commands as the user writes them. */
export function describeMisuse(misuse: Misuse, program: Program, io: Io): string {
  const { code, text, quoted, suggestion } = misuse;
  if (code === 'commander.unknownCommand') return unknownCommand(misuse, program);
  if (code === 'commander.unknownOption') return unknownFlag(misuse, program, io);
  if (code === 'commander.optionMissingArgument') return missingValue(quoted);
  return `${text}${suggestion}`;
}

function unknownCommand({ quoted, suggestion }: Misuse, program: Program): string {
  const names = program.commands.map((command) => command.name).join(', ');
  return `unknown command "${quoted}"${suggestion || `; give one of ${names}`}`;
}

function missingValue(option: string): string {
  const [flag = '', placeholder = ''] = option.replace(/^-\w, /, '').split(' ');
  return `${flag}: needs a value; give ${flag} ${placeholder}`;
}

function unknownFlag(misuse: Misuse, program: Program, io: Io): string {
  // Only the name is quoted: the value behind it may be a password.
  const { name, suggestion } = misuse;
  if (!isKnownFlag(misuse, program))
    return `unknown flag ${name}${suggestion || suggestNegated(name, program)}`;
  const [first = ''] = io.args;
  if (first.startsWith('-')) return `${name} comes before the command; give it after the command`;
  const owners = program.commands.filter((command) => hasFlag(command, name));
  if (owners.every((command) => command.name !== first) && owners.length > 0)
    return `${name} belongs to ${owners.map((command) => command.name).join(', ')}; ${first} doesn't take it`;
  // The command has the flag: what commander doesn't know is `--flag=value` of a flag that takes no value.
  const isSwitch = settingsOfCommands(program).some(
    ({ form, flag }) => form === 'switch' && `--${flag}` === name,
  );
  return `${name}: takes no value${isSwitch ? `; give ${name} or ${name.replace('--', '--no-')}` : ''}`;
}

/** The `--no-` form of a switch is hidden in the help, and commander suggests no hidden flags. */
function suggestNegated(name: string, program: Program): string {
  if (!name.startsWith('--no-')) return '';
  const switches = settingsOfCommands(program).filter(({ form }) => form === 'switch');
  const meant = nearestFlag(
    name.slice(2),
    switches.map(({ flag }) => `no-${flag}`),
  );
  return meant === undefined ? '' : `; did you mean --${meant}?`;
}

/** True if any command has the flag. */
export function isKnownFlag({ name }: Misuse, program: Program): boolean {
  return name === `--${PRINT_SETTINGS}` || program.commands.some((command) => hasFlag(command, name));
}

function hasFlag({ table }: Command, name: string): boolean {
  return Object.values(table).some(({ form, flag, short }) => {
    const names = [
      `--${flag}`,
      ...(short === undefined ? [] : [`-${short}`]),
      ...(form === 'switch' ? [`--no-${flag}`] : []),
    ];
    return names.includes(name);
  });
}

/** The settings of all commands; one that several commands have is repeated. */
export function settingsOfCommands({ commands }: Program): readonly Setting<unknown>[] {
  return commands.flatMap(({ table }) => Object.values(table));
}
