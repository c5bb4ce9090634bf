import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changedLinesOf } from '../parse/changed-lines.ts';
import { measureChange, measureText, type TextSize } from './oversize.ts';

const LINES = [
  '',
  'frontend a',
  '  bind *:80',
  '\tbind *:81,*:82',
  'binder x',
  '  server a 10.0.0.1:80',
  'server\tb 10.0.0.2:80 check',
  '  server-template t 1-7 10.0.0.1:80',
  '  server-template t',
  '  acl a path "/a, b"',
  "  description 'x",
  '  acl b path /a\\ b',
  '# server',
  `  acl long ${'a,'.repeat(998)}`,
  `  acl longer ${'a,'.repeat(1_001)}`,
];
const texts = fc.array(fc.constantFrom(...LINES), { maxLength: 30 }).map((lines) => `${lines.join('\n')}\n`);

it('measures the changed lines of a text as the whole of it (property)', () => {
  fc.assert(
    fc.property(texts, texts, texts, texts, (head, before, after, tail) => {
      const known = `${head}${before}${tail}`;
      const next = `${head}${after}${tail}`;
      const measured = measureText(known);
      fc.pre(measured.kind === 'measured');
      const changed = changedLinesOf(next, known);
      expect(measureChange(next, { text: known, size: measured.size }, changed)).toEqual(measureText(next));
    }),
    { seed: 12, numRuns: 2_000 },
  );
});

it('counts lines, words, quotes, servers and binds', () => {
  const size: TextSize = { lines: 5, pieces: 19, quoted: 11, servers: 8, binds: 1 };
  expect(measureText('frontend a\n  bind *:80\nserver b x\n  server-template t 7 x\n acl "a b"\n')).toEqual({
    kind: 'measured',
    size,
  });
});

it.each([
  ['the same', ['a\nb\n', 'a\nb\n'], ['', '']],
  ['a line in between', ['a\nb\nc\n', 'a\nc\n'], ['b\n', '']],
  ['a line that is there twice', ['a\na\nb\n', 'a\nb\n'], ['a\n', '']],
  ['a part of a line', ['a\nbxb\nc\n', 'a\nbb\nc\n'], ['bxb\n', 'bb\n']],
  ['the first line', ['x\nb\n', 'y\nb\n'], ['x\n', 'y\n']],
  ['the last line', ['b\nx\n', 'b\ny\n'], ['x\n', 'y\n']],
  ['everything', ['x\n', 'yy\nz\n'], ['x\n', 'yy\nz\n']],
] as const)('finds the lines that differ: %s', (_, [text, known], expected) => {
  const { start, end, endBefore } = changedLinesOf(text, known);
  expect([text.slice(start, end), known.slice(start, endBefore)]).toEqual(expected);
});
