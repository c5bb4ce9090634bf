import type { Random } from '../measuring/random.ts';

/** Characters that mean something to HAProxy's reader or to the gate's. */
const SPECIAL = [
  ...`"'\\#$ \t\r{}%[](),:;/@.-+=*~!<>|&^?`,
  '\n',
  '\v',
  '\f',
  '\u0000',
  '\u00a0',
  'ä',
  '\u0085',
];
const ESCAPES = [
  '\\n',
  '\\t',
  '\\r',
  '\\x',
  '\\x0',
  '\\x00',
  '\\x41',
  '\\x2f',
  '\\xc3\\xa4',
  '\\ ',
  '\\"',
  "\\'",
];
const MORE = [
  '\\\\',
  '\\#',
  '\\$',
  '\\{',
  '""',
  "''",
  '"$X"',
  '${X}',
  '"${X[*]}"',
  '\\\r',
  '\\',
  '\\z',
  '$',
  '"',
];
const GAPS = [' ', ' ', ' ', ' ', ' ', '  ', '\t', ' \t ', '\r', '\v', '\f'];
const ENDS = [
  '',
  '',
  '',
  '',
  ' ',
  '\t',
  ' # c',
  '#c',
  '\r',
  ' #"',
  " # it's",
  '\\',
  ' \\',
  ' ""',
  " ''",
  ' "" x',
];
const INDENTS = ['  ', '  ', '  ', '', '\t', ' \r', '    '];

/** Writes a line with these words: mostly as everybody does, and sometimes as oddly as HAProxy still reads it. */
export function spellLine(random: Random, words: readonly string[]): string {
  const isOdd = random.chance(0.3);
  if (!isOdd) return `  ${words.map((word) => plainly(word)).join(' ')}`;
  const spelled = words.map((word) => (random.chance(0.35) ? oddly(random, word) : plainly(word)));
  const line = spelled.reduce((left, right) => `${left}${random.pick(GAPS)}${right}`, '');
  return `${random.pick(INDENTS)}${line.slice(1)}${random.pick(ENDS)}`;
}

function plainly(word: string): string {
  return word === '' || /[\s"'\\#$]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : word;
}

const SPELLINGS: readonly ((random: Random, word: string) => string)[] = [
  (_random, word) => `'${word}'`,
  (_random, word) => `"${word}"`,
  (random, word) => [...word].map((char) => (random.chance(0.3) ? hex(char) : char)).join(''),
  (random, word) => [...word].map((char) => (random.chance(0.2) ? `\\${char}` : char)).join(''),
  (random, word) => {
    const at = random.below(word.length + 1);
    return `${word.slice(0, at)}${random.pick([`""`, `''`, `"'"`, `'"'`])}${word.slice(at)}`;
  },
  (random, word) => {
    const at = random.below(word.length + 1);
    const mark = random.pick([`"`, `'`]);
    return `${mark}${word.slice(0, at)}${mark}${word.slice(at)}`;
  },
];

function oddly(random: Random, word: string): string {
  return random.pick(SPELLINGS)(random, word);
}

function hex(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : char;
}

/** Changes a few characters of a line. */
export function damageLine(random: Random, line: string): string {
  let damaged = line;
  for (let times = 1 + random.below(2); times > 0; times -= 1) {
    const at = random.below(damaged.length + 1);
    const inserted = random.pick([random.pick(SPECIAL), random.pick(ESCAPES), random.pick(MORE), '']);
    damaged = `${damaged.slice(0, at)}${inserted}${damaged.slice(at + random.below(2))}`;
  }
  return damaged;
}

/** Changes the words of a line: swaps, doubles, cuts, glues, drops, or puts one from elsewhere in. */
export function mutateWords(random: Random, words: readonly string[], others: readonly string[]): string[] {
  const mutated = [...words];
  const at = random.below(mutated.length);
  const word = mutated[at] ?? '';
  const other = random.pick(others);
  const cut = 1 + random.below(Math.max(1, word.length - 1));
  const edits: readonly (() => void)[] = [
    () => mutated.splice(at, 2, mutated[at + 1] ?? '', word),
    () => mutated.splice(at, 0, word),
    () => mutated.splice(at, 1, word.slice(0, cut)),
    () => mutated.splice(at, 1, word.slice(cut)),
    () => mutated.splice(at, 2, `${word}${mutated[at + 1] ?? ''}`),
    () => mutated.splice(at, 1),
    () => mutated.splice(at, 1, other),
    () => mutated.splice(at, 0, other),
    () => mutated.splice(at, 1, `${word}${other}`),
    () => mutated.splice(at, 1, `${word}(${other})`),
    () => mutated.splice(at, 1, `${other},${word}`),
    () => mutated.push(other),
    () => mutated.push(word, other),
    () => mutated.unshift(random.pick(['no', 'default', 'stats', '.if', '{'])),
    () => mutated.splice(at, 1, word.toUpperCase()),
  ];
  random.pick(edits)();
  return mutated.filter((each, index) => each !== '' || index > 0);
}
