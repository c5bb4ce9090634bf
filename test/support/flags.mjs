// The few flags of demo, bench and soak, read before anything is fetched or built.

/**
 * Reads flags by a table of `{ name: { value?: choices, number?: true, list?: true, help } }`; a list has commas.
 * Gives `{ options }`, `{ help }` or, for a mistake, `{ usage }` with what would be right.
 */
export function parseFlags({ command, summary, flags }, args) {
  const options = {};
  const rest = [...args];
  while (rest.length > 0) {
    const [word, attached] = rest.shift().split(/=(.*)/s);
    if (word === '--help' || word === '-h') return { help: formatHelp({ command, summary, flags }) };
    const flag = flags[word];
    if (flag === undefined)
      return { usage: `${command}: unknown flag ${word}${suggestion(word, Object.keys(flags))}` };
    if (flag.value === undefined && attached !== undefined)
      return { usage: `${command}: ${word} takes no value` };
    const value = flag.value === undefined ? true : (attached ?? rest.shift());
    if (flag.value !== undefined && !accepts(flag, value)) {
      const right = flag.number ? 'a whole number from 1 on' : `one of ${flag.value.join(', ')}`;
      return { usage: `${command}: ${word} ${value ?? ''}: it takes ${right}` };
    }
    options[flag.option] = value;
  }
  return { options };
}

function accepts(flag, value) {
  if (flag.number) return /^[1-9]\d{0,8}$/.test(value ?? '');
  const words = flag.list ? (value ?? '').split(',') : [value];
  return words.every((word) => flag.value.includes(word));
}

function suggestion(word, known) {
  const near = known
    .map((name) => ({ name, distance: distance(word, name) }))
    .sort((a, b) => a.distance - b.distance)[0];
  const all = `; known are ${[...known, '--help'].join(', ')}`;
  return near !== undefined && near.distance <= 3 ? `: did you mean ${near.name}?` : all;
}

/** Edits from one word to the other. */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

function formatHelp({ command, summary, flags }) {
  const rows = Object.entries(flags).map(([name, flag]) => [
    flag.value === undefined ? name : `${name} <${flag.value.join('|')}>`,
    flag.help,
  ]);
  const all = [...rows, ['--help', 'this text']];
  const width = Math.max(...all.map(([left]) => left.length));
  const lines = all.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
  return `usage: npm run ${command} -- [flags]\n\n${summary}\n\n${lines.join('\n')}`;
}
