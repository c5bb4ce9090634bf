import type { Program, Setting } from '@kubefigurator/daemon';
import { environmentName, PRINT_SETTINGS, PRINT_SETTINGS_HELP } from '@kubefigurator/daemon';

/** One more section of a manual page, after those from the program's tables. */
export interface ManPageSection {
  readonly heading: string;
  /** Terms and what they mean, in order. */
  readonly entries: readonly (readonly [term: string, text: string])[];
}

export interface ManPageOptions {
  /** Of the release, `YYYY-MM-DD`. */
  readonly date: string;
  readonly sections?: readonly ManPageSection[];
}

const PRECEDENCE = [
  'A flag wins over its environment variable, which wins over the default; a command ignores the variables of flags that it lacks.',
  'If a flag may be repeated, its variable takes values separated by commas, unless the values may contain commas themselves.',
].join(' ');

/** The program's manual page for section 1 (man(7)), from the same tables as `--help`. */
export function formatManPage(program: Program, { date, sections = [] }: ManPageOptions): string {
  const title = [program.name.toUpperCase(), '1', date, `${program.name} ${program.version}`];
  const lines = [
    `.TH ${title.map(quoted).join(' ')}`,
    // Names of flags and variables are neither hyphenated nor spread.
    '.nh',
    '.ad l',
    '.SH NAME',
    `${plain(program.name)} \\- ${plain(withoutStop(program.summary))}`,
    '.SH SYNOPSIS',
    ...program.commands.flatMap(({ name }, index) => [
      ...(index === 0 ? [] : ['.br']),
      `${bold(program.name)} ${bold(name)} [${italic('flags')}]`,
    ]),
    '.br',
    `${bold(program.name)} ${bold('--version')} | ${bold('--help')}`,
    '.SH COMMANDS',
    ...program.commands.flatMap(({ name, summary, description }) =>
      entry(bold(name), plain(description ?? summary)),
    ),
    '.SH OPTIONS',
    plain(PRECEDENCE),
    ...groupedFlags(program),
    ...sections.flatMap(({ heading, entries }) => [
      `.SH ${heading.toUpperCase()}`,
      ...entries.flatMap(([term, text]) => entry(bold(term), plain(text))),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

interface Flag {
  readonly setting: Setting<unknown>;
  /** The names of the commands that have it. */
  readonly commands: string[];
}

function groupedFlags(program: Program): readonly string[] {
  const flags = new Map<string, Flag>();
  for (const { name, table } of program.commands) {
    for (const setting of Object.values(table)) {
      const flag = flags.get(setting.flag) ?? { setting, commands: [] };
      flag.commands.push(name);
      flags.set(setting.flag, flag);
    }
  }
  const groups = new Set([...flags.values()].map(({ setting }) => setting.group));
  const lines = [...groups].flatMap((group) => [
    `.SS ${plain(group)}`,
    ...[...flags.values()]
      .filter(({ setting }) => setting.group === group)
      .flatMap((flag) => flagEntry(flag, program.commands.length)),
  ]);
  return [
    ...lines,
    '.SS Help',
    ...entry(bold(`--${PRINT_SETTINGS}`), plain(PRINT_SETTINGS_HELP)),
    ...entry(`${bold('-h')}, ${bold('--help')}`, plain('print the flags of a command, and exit')),
  ];
}

function flagEntry({ setting, commands }: Flag, commandCount: number): readonly string[] {
  const repeat = setting.form === 'list' ? '; repeatable' : '';
  const variables = [environmentName(setting.flag), ...setting.environment].map(bold).join(', ');
  return [
    ...entry(flagTerm(setting), `${plain(setting.help)}${repeat}.`),
    '.br',
    ...(setting.defaultText === undefined ? [] : [`Default: ${plain(setting.defaultText)}.`]),
    `Environment: ${variables}.`,
    ...(commands.length === commandCount ? [] : [`Only with ${commands.map(bold).join(', ')}.`]),
  ];
}

function flagTerm({ form, flag, short, value }: Setting<unknown>): string {
  const names = [...(short === undefined ? [] : [`-${short}`]), `--${flag}`].map(bold);
  if (form === 'switch') return [...names, bold(`--no-${flag}`)].join(', ');
  return form === 'count' ? names.join(', ') : `${names.join(', ')} ${italic(value)}`;
}

function entry(term: string, text: string): readonly string[] {
  return ['.TP', term, text];
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

/** Escapes a text so that troff prints it as it is: a line that begins with a dot or quote would be a request. */
function plain(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('^', '\\(ha');
  const typed = escaped.replaceAll("'", '\\(aq').replaceAll('`', '\\(ga').replaceAll('~', '\\(ti');
  return typed.startsWith('.') ? `\\&${typed}` : typed;
}

function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`;
}

function italic(text: string): string {
  return `\\fI${plain(text)}\\fR`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '')}"`;
}
