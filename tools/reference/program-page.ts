import {
  environmentName,
  type Command,
  type MetricDescription,
  type Program,
  type Setting,
} from '@kubefigurator/daemon';
import { code, GENERATED, page, table } from './markdown.ts';

/** The reference page of a program in Markdown: its commands, its settings by group, its metrics. */
export function programPage(
  { name, commands }: Pick<Program, 'name' | 'commands'>,
  metrics: readonly MetricDescription[],
): string {
  return page([
    `# ${name}`,
    GENERATED,
    '## Commands',
    table(
      ['command', 'what it does'],
      commands.map((command) => [code(command.name), command.summary]),
    ),
    '## Settings',
    'A flag wins over its environment variable, and that over the default; `--print-settings` shows each value and where it came from. A command ignores the variables of flags that it lacks. A list is given by repeating the flag, or with commas unless its values may contain commas themselves.',
    ...settingsBlocks(commands),
    '## Metrics',
    'Served under `/metrics` at `--metrics-address`; the names are a promise.',
    table(
      ['metric', 'kind', 'labels', 'meaning'],
      metrics.map(({ name: metric, kind, labels, help }) => [
        code(metric),
        kind,
        labels.map(code).join(', '),
        help,
      ]),
    ),
  ]);
}

/** A heading and a table for each group of settings; a setting that some commands lack names those that have it. */
function settingsBlocks(commands: readonly Command[]): readonly string[] {
  const settings = new Map<string, Setting<unknown>>();
  for (const { table: own } of commands) {
    for (const setting of Object.values(own))
      settings.set(setting.flag, settings.get(setting.flag) ?? setting);
  }
  const groups = new Set([...settings.values()].map(({ group }) => group));
  return [...groups].flatMap((group) => {
    const rows = [...settings.values()]
      .filter((setting) => setting.group === group)
      .map((setting) => rowOf(setting, commands));
    return [`### ${group}`, table(['flag', 'environment', 'default', 'meaning'], rows)];
  });
}

function rowOf(setting: Setting<unknown>, commands: readonly Command[]): string[] {
  const { flag, short, environment, defaultText, help } = setting;
  const owners = commands.filter(({ table: own }) => Object.values(own).some((each) => each.flag === flag));
  const only =
    owners.length === commands.length ? '' : ` (${owners.map(({ name }) => code(name)).join(', ')})`;
  const flags = [
    ...(short === undefined ? [] : [`-${short}`]),
    `--${flag}${placeholderOf(setting)}`,
    ...(setting.form === 'switch' ? [`--no-${flag}`] : []),
  ];
  return [
    flags.map(code).join(', '),
    [environmentName(flag), ...environment].map(code).join(', '),
    defaultText === undefined ? '' : code(defaultText),
    `${help}${only}`,
  ];
}

function placeholderOf({ form, value }: Setting<unknown>): string {
  return form === 'one' || form === 'list' ? ` <${value}>` : '';
}
