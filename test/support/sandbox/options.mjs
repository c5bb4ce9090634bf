// Parses the options of demo, bench and soak before anything is fetched or built.
import { parseArgs } from 'node:util';

/** From 1 to 999,999,999. */
const WHOLE_NUMBER = /^[1-9]\d{0,8}$/;

/**
 * Reads the options of a command, whose `flags` are `{ '--flag': { option, value?, number?, list?, help } }`. A flag
 * without `value` takes none. `value` is an array: the words that the flag takes, or with `number: true` the name of
 * the number in the help. With `list: true` the flag takes several of the words, separated by commas.
 * Gives `{ options }`, `{ help }`, or for a usage error `{ usage }`, which names the flag.
 */
export function parseOptionTable(command, args) {
  const { flags } = command;
  const options = { help: { type: 'boolean', short: 'h' } };
  for (const [flag, { value }] of Object.entries(flags))
    options[flag.slice(2)] = { type: value === undefined ? 'boolean' : 'string' };
  try {
    const { values } = parseArgs({ args, options });
    if (values.help) return { help: formatHelp(command) };
    return { options: checkedValues(flags, values) };
  } catch (error) {
    return { usage: `${command.name}: ${explain(error, Object.keys(flags))}` };
  }
}

/** The values by the names of their options; throws for a value that its flag doesn't take. */
function checkedValues(flags, values) {
  const checked = {};
  for (const [flag, row] of Object.entries(flags)) {
    const value = values[flag.slice(2)];
    if (value === undefined) continue;
    if (row.value !== undefined && !accepts(row, value)) {
      const expected = row.number ? 'a whole number from 1 on' : `one of ${row.value.join(', ')}`;
      throw new Error(`${flag} ${value}: the flag takes ${expected}`);
    }
    checked[row.option] = value;
  }
  return checked;
}

function accepts({ value: choices, number, list }, value) {
  if (number) return WHOLE_NUMBER.test(value);
  return (list ? value.split(',') : [value]).every((word) => choices.includes(word));
}

/**
 * The first sentence of an error: in those of `parseArgs`, advice on positional arguments follows, and these commands
 * take none. For an unknown flag, the one that was probably meant, or all known flags, are added.
 */
function explain({ code, message }, known) {
  const [sentence] = message.split(/\.\s/);
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return sentence;
  const [, given = ''] = /'(-[^']*)'/.exec(sentence) ?? [];
  // A flag was probably meant if its first two letters are the same: four characters with the dashes.
  const near = known.find((flag) => flag.slice(0, 4) === given.slice(0, 4));
  if (near !== undefined) return `${sentence}: did you mean ${near}?`;
  return `${sentence}; known are ${[...known, '--help'].join(', ')}`;
}

function formatHelp({ name, summary, flags }) {
  const rows = Object.entries(flags).map(([flag, { value, help }]) => [
    value === undefined ? flag : `${flag} <${value.join('|')}>`,
    help,
  ]);
  const all = [...rows, ['--help', 'this text']];
  const width = Math.max(...all.map(([left]) => left.length));
  const lines = all.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
  return `usage: npm run ${name} -- [flags]\n\n${summary}\n\n${lines.join('\n')}`;
}
