import { Command as Commander, CommanderError, Option } from 'commander';
import type { Command } from './command.ts';
import { UsageError } from './errors.ts';
import type { Io } from './io.ts';
import { describeMisuse, isKnownFlag, misuseOf, settingsOfCommands } from './misuse.ts';
import { PRINT_SETTINGS, PRINT_SETTINGS_HELP, type Program } from './program-description.ts';
import { environmentName } from './resolve-settings.ts';
import type { Setting } from './settings.ts';
import { addressWithoutUserInfo } from './user-info.ts';

/** The values given for each flag, in order, as text. */
export type Flags = ReadonlyMap<string, readonly string[]>;

/** What the arguments ask for; `done` if help or the version was printed, or help because no command was given. */
export type Invocation =
  | { readonly kind: 'done'; readonly exitCode: number }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly flags: Flags;
      readonly printSettings: boolean;
    };

/** The exit code if the arguments name no command. */
const WITHOUT_COMMAND = 2;

/**
 * Reads the arguments without parsing the values: `resolveSettings` parses those of flags and variables alike.
 * Throws UsageError.
 */
export function readCommandLine(program: Program, io: Io): Invocation {
  let found: Invocation = { kind: 'done', exitCode: WITHOUT_COMMAND };
  const root = rootCommander(program, io);
  for (const command of program.commands) {
    const flags = new Map<string, string[]>();
    const sub = subCommander(command, flags).copyInheritedSettings(root).allowExcessArguments(true);
    sub.action(() => {
      takeArguments(sub.args, command, flags);
      const printSettings = flags.delete(PRINT_SETTINGS);
      found = { kind: 'run', command, flags, printSettings };
    });
    root.addCommand(sub);
  }
  try {
    root.parse([...io.args], { from: 'user' });
  } catch (thrown) {
    return invocationAfter(thrown, program, io);
  }
  return found;
}

function rootCommander(program: Program, io: Io): Commander {
  const columns = (io.stdout as { columns?: number }).columns ?? 110;
  const switches = new Set<string | undefined>(
    settingsOfCommands(program).flatMap(({ form, flag }) => (form === 'switch' ? [`--${flag}`] : [])),
  );
  return new Commander(program.name)
    .description(program.summary)
    .version(program.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .usage('<command> [flags]')
    .addHelpText('after', `\n${program.name} <command> --help explains the flags of a command.`)
    .configureHelp({
      subcommandTerm: (command) => command.name(),
      optionTerm: ({ flags, long }) => (switches.has(long) ? flags.replace('--', '--[no-]') : flags),
    })
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
    .usage(['[flags]', ...command.positional.map((name) => `[${name}]`)].join(' '));
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
  // commander stores the value of a negated option itself; with `negate` off, the option goes through our collector.
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

/** An argument without a flag counts as a value of the flag that the command's `positional` has at the same index. */
function takeArguments(args: readonly string[], command: Command, flags: Map<string, string[]>): void {
  const { name, positional } = command;
  const surplus = args[positional.length];
  const takes = positional.length === 0 ? 'flags only' : `${positional.join(' and ')} only`;
  if (surplus !== undefined)
    throw new UsageError(`unexpected argument "${addressWithoutUserInfo(surplus)}"; ${name} takes ${takes}`);
  args.forEach((text, index) => {
    const flag = positional[index] ?? '';
    flags.set(flag, [...(flags.get(flag) ?? []), text]);
  });
}

/**
 * The invocation after an exception of commander, which with `exitOverride` throws for help and version as well as for
 * misuse. Throws UsageError for misuse.
 */
function invocationAfter(thrown: unknown, program: Program, io: Io): Invocation {
  if (!(thrown instanceof CommanderError)) throw thrown;
  if (thrown.code === 'commander.help' && thrown.exitCode !== 0)
    return { kind: 'done', exitCode: WITHOUT_COMMAND };
  if (thrown.exitCode === 0) return { kind: 'done', exitCode: 0 };
  const misuse = misuseOf(thrown);
  // commander compares all of `--flag=value` with the known flags, and so suggests none; without the value it does.
  if (
    thrown.code === 'commander.unknownOption' &&
    misuse.quoted.includes('=') &&
    !isKnownFlag(misuse, program)
  ) {
    const args = io.args.map((arg) => (arg === misuse.quoted ? misuse.name : arg));
    return readCommandLine(program, { ...io, args });
  }
  const [first] = io.args;
  const command = program.commands.some(({ name }) => name === first) ? ` ${first ?? ''}` : '';
  throw new UsageError(`${describeMisuse(misuse, program, io)} (see ${program.name}${command} --help)`);
}
