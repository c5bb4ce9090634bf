import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseConfigText } from './config-text.ts';
import { splitWords } from './words.ts';

const SEED = 20_261_121;
const HEADS = new Set(['frontend', 'backend', 'listen', 'global', 'defaults', 'program']);

/** Lines that look like heads, comments and quotes of every kind. */
const line = fc.oneof(
  fc.constantFrom(
    'frontend a',
    ' backend b',
    '\tglobal',
    'listen',
    'program#x',
    '"backend" q',
    "b'acken'd x",
    'back\\x65nd y',
  ),
  fc.constantFrom(
    '',
    '  ',
    '\t\r',
    '# backend x',
    '  # frontend',
    '#',
    'backends x',
    'x backend',
    '"',
    "'",
    '\\',
    'frontend\r',
  ),
  fc.constantFrom(
    '# service: n/s port: p',
    '  # service: n/t port: q certificate: /c.pem',
    '  bind :80',
    '  server a 10.0.0.1:80',
  ),
  fc
    .array(fc.constantFrom(' ', '\t', '"', "'", '\\', '#', 'a', 'backend', 'global', '$', '\r'), {
      maxLength: 6,
    })
    .map((parts) => parts.join('')),
);
const text = fc.array(line, { maxLength: 14 }).map((lines) => lines.join('\n'));

/** What `asRead` must give, found line by line: what each line says, and which section it stands in. */
function plainly(whole: string): string[] {
  let section = '-';
  return whole.split('\n').flatMap((raw, index) => {
    const { words, unterminated } = splitWords(raw);
    if (words.length === 0 && !unterminated) return [];
    if (HEADS.has(words[0] ?? '')) section = `${String(words[0])} ${words[1] ?? ''} ${String(index + 1)}`;
    return [`${section}: ${String(index + 1)} ${JSON.stringify(words)}`];
  });
}

function asRead(whole: string, known?: string): string[] {
  const { preamble, sections } = parseConfigText(
    whole,
    known === undefined ? undefined : parseConfigText(known),
  );
  const before = preamble.map(({ offset, words }) => `-: ${String(offset + 1)} ${JSON.stringify(words)}`);
  const within = sections.flatMap(({ keyword, name, startLine, head, lines }) =>
    [head, ...lines].map(
      ({ offset, words }) =>
        `${keyword} ${name} ${String(startLine + head.offset)}: ${String(startLine + offset)} ${JSON.stringify(words)}`,
    ),
  );
  return [...before, ...within];
}

it(
  'sees the same sections and lines as a look at each line, whatever was known before',
  { timeout: 30_000 },
  () => {
    const property = fc.property(text, text, (whole, known) => {
      const plain = plainly(whole);
      expect(asRead(whole)).toEqual(plain);
      expect(asRead(whole, known)).toEqual(plain);
      expect(asRead(whole, `${whole}\n${known}`)).toEqual(plain);
      expect(asRead(whole, `${known}\n${whole}`)).toEqual(plain);
    });
    fc.assert(property, { seed: SEED, numRuns: 5_000 });
  },
);

/** The sections as they stand in the text, each with the comments above it. */
function pieces(whole: string, known?: string): string[] {
  const { sections } = parseConfigText(whole, known === undefined ? undefined : parseConfigText(known));
  return sections.map(({ startLine, raw }) => `${String(startLine)} ${raw}`);
}

const heads = fc.array(fc.oneof(line, fc.constantFrom('backend a', 'backend b', '# c')), { maxLength: 20 });

it('reads a text after any edit of one place as if nothing were known', { timeout: 30_000 }, () => {
  const property = fc.property(heads, fc.nat(), fc.nat(30), text, (lines, at, removed, inserted) => {
    const known = lines.join('\n');
    const from = at % (known.length + 1);
    for (const piece of [inserted, '#', '\n', '']) {
      const edited = known.slice(0, from) + piece + known.slice(from + removed);
      expect(asRead(edited, known)).toEqual(plainly(edited));
      expect(pieces(edited, known)).toEqual(pieces(edited));
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 1_500 });
});
