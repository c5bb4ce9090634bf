import { Command as Commander, CommanderError, Option } from 'commander';
import type { Command } from './command.ts';
import { UsageError } from './errors.ts';
import type { Io } from './io.ts';
import { environmentName } from './resolve-settings.ts';
import type { Setting } from './settings.ts';

/** A program as its command line shows it. */
export interface Program {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

/** The texts given for each flag, in order. */
export type Flags = ReadonlyMap<string, readonly string[]>;

/** What the arguments ask for; `done` when help or the version was all. */
export type Invocation =
  | { readonly kind: 'done'; readonly exitCode: number }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly flags: Flags;
      readonly printSettings: boolean;
    };

export const PRINT_SETTINGS = 'print-settings';
export const PRINT_SETTINGS_HELP = 'print each setting, its value and where it came from, and exit';
const NO_COMMAND = 2;

/**
 * Reads the arguments; values aren't interpreted yet, so that flags and environment meet the same parsers.
 * Throws UsageError.
 */
export function readCommandLine(program: Program, io: Io): Invocation {
  let found: Invocation = { kind: 'done', exitCode: NO_COMMAND };
  const root = rootCommander(program, io);
  for (const command of program.commands) {
    const flags = new Map<string, string[]>();
    const sub = subCommander(command, flags).copyInheritedSettings(root).allowExcessArguments(true);
    sub.action(() => {
      refuseArguments(sub.args, command);
      const printSettings = flags.delete(PRINT_SETTINGS);
      found = { kind: 'run', command, flags, printSettings };
    });
    root.addCommand(sub);
  }
  try {
    root.parse([...io.args], { from: 'user' });
  } catch (thrown) {
    return ended(thrown, program, io);
  }
  return found;
}

function rootCommander(program: Program, io: Io): Commander {
  const columns = (io.stdout as { columns?: number }).columns ?? 110;
  return new Commander(program.name)
    .description(program.summary)
    .version(program.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .usage('<command> [flags]')
    .addHelpText('after', `\n${program.name} <command> --help explains the flags of a command.`)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => columns,
      getErrHelpWidth: () => columns,
    })
    .exitOverride();
}

function subCommander(command: Command, flags: Map<string, string[]>): Commander {
  const sub = new Commander(command.name)
    .summary(command.summary)
    .description(command.description ?? command.summary)
    .usage('[flags]');
  const settings = Object.values(command.table);
  const known = new Set([...settings.map((setting) => `--${setting.flag}`), `--${PRINT_SETTINGS}`, '--help']);
  const collect = (flag: string, text: string): void => {
    if (known.has(text)) throw new UsageError(`--${flag}: needs a value, but is followed by ${text}`);
    flags.set(flag, [...(flags.get(flag) ?? []), text]);
  };
  for (const setting of settings) {
    for (const option of optionsOf(setting, (text) => collect(setting.flag, text))) sub.addOption(option);
  }
  const print = new Option(`--${PRINT_SETTINGS}`, PRINT_SETTINGS_HELP);
  return sub.addOption(print.argParser(() => collect(PRINT_SETTINGS, 'true')));
}

function optionsOf(setting: Setting<unknown>, collect: (text: string) => void): readonly Option[] {
  const placeholder = setting.form === 'one' || setting.form === 'list' ? ` <${setting.value}>` : '';
  const short = setting.short === undefined ? '' : `-${setting.short}, `;
  const option = new Option(`${short}--${setting.flag}${placeholder}`, describe(setting))
    .helpGroup(`${setting.group}:`)
    .argParser((text: string | undefined) => collect(text ?? (setting.form === 'switch' ? 'true' : '')));
  if (setting.form !== 'switch') return [option];
  // commander would set a negated option by itself; a second name with its own collector keeps one path for all values.
  const negated = new Option(`--no-${setting.flag}`).hideHelp();
  negated.negate = false;
  negated.argParser(() => collect('false'));
  return [option, negated];
}

function describe(setting: Setting<unknown>): string {
  const repeat = setting.form === 'list' ? '; repeatable' : '';
  const initial = setting.defaultText === undefined ? '' : `default ${setting.defaultText}, `;
  return `${setting.help}${repeat} (${initial}$${environmentName(setting.flag)})`;
}

function refuseArguments(args: readonly string[], command: Command): void {
  const [first] = args;
  if (first !== undefined)
    throw new UsageError(`unexpected argument "${first}"; ${command.name} takes flags only`);
}

/** commander ends by throwing, for help and version as well as for misuse. */
function ended(thrown: unknown, program: Program, io: Io): Invocation {
  if (!(thrown instanceof CommanderError)) throw thrown;
  if (thrown.code === 'commander.help' && thrown.exitCode !== 0)
    return { kind: 'done', exitCode: NO_COMMAND };
  if (thrown.exitCode === 0) return { kind: 'done', exitCode: 0 };
  throw new UsageError(`${inOurWords(thrown, program, io)} (see ${program.name} --help)`);
}

function inOurWords(error: CommanderError, program: Program, io: Io): string {
  const [first = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n');
  const quoted = /'([^']*)'/.exec(first)?.[1] ?? '';
  const meant = suggestion.replace(/^\(D(.*)\)$/, '; d$1');
  if (error.code === 'commander.unknownCommand') return unknownCommand(quoted, meant, program);
  if (error.code === 'commander.unknownOption') return unknownFlag(quoted, meant, program, io);
  if (error.code === 'commander.optionMissingArgument') return missingValue(quoted);
  return `${first}${meant}`;
}

function unknownCommand(name: string, meant: string, program: Program): string {
  const names = program.commands.map((command) => command.name).join(', ');
  return `unknown command "${name}"${meant || `; give one of ${names}`}`;
}

function missingValue(option: string): string {
  const [flag = '', placeholder = ''] = option.replace(/^-\w, /, '').split(' ');
  return `${flag}: needs a value; give ${flag} ${placeholder}`;
}

function unknownFlag(flag: string, meant: string, program: Program, io: Io): string {
  const name = (flag.split('=')[0] ?? '').replace(/^--/, '');
  const settings = program.commands.flatMap((command) => Object.values(command.table));
  const belongs = settings.some((setting) => setting.flag === name) || name === PRINT_SETTINGS;
  const afterCommand = io.args[0]?.startsWith('-') === true;
  if (belongs && afterCommand) return `${flag} comes before the command; give it after the command`;
  if (belongs && flag.includes('=')) return `--${name}: takes no value`;
  return `unknown flag ${flag}${meant}`;
}
