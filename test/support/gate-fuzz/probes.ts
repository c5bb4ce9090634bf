import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { Finding } from './check.ts';
import type { Random } from '../measuring/random.ts';
import { asciiOnly, readByHaproxy } from './reading.ts';
import { damageLine, spellLine } from './spelling.ts';
import type { FuzzText } from './texts.ts';
import { textOf } from './texts.ts';

/*
 * HAProxy 2.6 can't print the words that it reads, but every version shows the patterns of an ACL, one by one and
 * unchanged (`show acl`). A probe is an ACL whose patterns are words in odd spellings.
 */
const BEGINNING = ['acl', 'probe', 'str(x)', '-m', 'sub', '--'];
const WORDS = [
  'a',
  'b c',
  '$X',
  '"',
  "'",
  '\\',
  '#',
  'a#b',
  '{',
  '%[x]',
  '(a,b)',
  '\t',
  '\\x41',
  '${X}',
  'x\\',
  '/',
  'ä',
];

/** The line of a probe; its patterns are damaged now and then. */
export function aProbe(random: Random): string {
  const words = Array.from({ length: 1 + random.below(4) }, () =>
    random.chance(0.5) ? random.pick(WORDS) : `${random.pick(WORDS)}${random.pick(WORDS)}`,
  );
  const spelled = `  ${BEGINNING.join(' ')} ${spellLine(random, words).trimStart()}`;
  const prefixLength = `  ${BEGINNING.join(' ')} `.length;
  return random.chance(0.4)
    ? `${spelled.slice(0, prefixLength)}${damageLine(random, spelled.slice(prefixLength))}`
    : spelled;
}

interface Probe {
  readonly file: string;
  readonly line: number;
  readonly words: readonly string[];
}

function probesOf(text: FuzzText): Probe[] {
  const { sections } = parseConfigText(textOf(text));
  return sections.flatMap(({ startLine, lines }) =>
    lines
      .filter(
        ({ words }) => words.length > BEGINNING.length && BEGINNING.every((word, at) => words[at] === word),
      )
      .map(({ words, offset }) => ({
        file: `text-${text.index}.cfg`,
        line: startLine + offset,
        words: readByHaproxy(words.slice(BEGINNING.length)),
      })),
  );
}

/** Compares the patterns that HAProxy has with the words that the gate reads. */
export async function otherPatterns(
  texts: readonly FuzzText[],
  ask: (command: string) => Promise<string>,
): Promise<Finding[]> {
  const listed = await ask('show acl');
  const findings: Finding[] = [];
  for (const { file, line, words } of texts.flatMap(probesOf)) {
    const id = new RegExp(`^(\\d+) .*/${file}' line ${line}\\.`, 'm').exec(listed)?.[1];
    const shown = id === undefined ? 'no such ACL' : await ask(`show acl #${id}`);
    const actual = asciiOnly(shown.replace(/^0x[0-9a-f]+ /gm, '').trimEnd());
    const expected = asciiOnly(words.join('\n').trimEnd());
    if (actual !== expected)
      findings.push({
        kind: 'words',
        detail: `line ${line}: ${JSON.stringify(expected)}, HAProxy: ${JSON.stringify(actual)}`,
      });
  }
  return findings;
}
