import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitWords, wordSpans } from './words.ts';

describe('splitWords', () => {
  it.each([
    ['  server a 10.0.0.1:80 check', ['server', 'a', '10.0.0.1:80', 'check']],
    ['', []],
    ['   # only a comment', []],
    ['balance roundrobin # why', ['balance', 'roundrobin']],
    ['balance round#robin', ['balance', 'round']],
    ['acl a path \\#x', ['acl', 'a', 'path', '#x']],
    ['http-request return string \'a "b" # c\'', ['http-request', 'return', 'string', 'a "b" # c']],
    ['log-format "%ci \\"x\\" \\$y"', ['log-format', '%ci "x" $y']],
    ['a\\ b c\\x20d', ['a b', 'c d']],
    ['lua\\-load ^/a\\.b$', ['lua\\-load', '^/a\\.b$']],
    ["a\\'b a\\$b a\\\\b", ["a'b", 'a\\$b', 'a\\b']],
    ['"lua-load" x', ['lua-load', 'x']],
    ["l'ua-lo'ad x", ['lua-load', 'x']],
    ['a "" b', ['a', '', 'b']],
    ['a\tb\r', ['a', 'b']],
  ])('%j', (line, words) => {
    expect(splitWords(line)).toEqual({ words, expandsEnvironment: false, unterminated: false });
  });

  it('sees an environment variable inside double quotes only', () => {
    expect(splitWords('bind "${ADDRESS}:80"').expandsEnvironment).toBe(true);
    expect(splitWords("bind '${ADDRESS}:80'").expandsEnvironment).toBe(false);
    expect(splitWords('bind ${ADDRESS}:80').expandsEnvironment).toBe(false);
  });

  it('reports quotes that never close and a last backslash', () => {
    expect(splitWords('a "b').unterminated).toBe(true);
    expect(splitWords("a 'b").unterminated).toBe(true);
    expect(splitWords('a b\\').unterminated).toBe(true);
    expect(splitWords('a \\x4').unterminated).toBe(true);
  });
});

describe('wordSpans', () => {
  it('cuts a line into what gives its words, one by one (property)', () => {
    const piece = fc.constantFrom(
      'a',
      ' ',
      '\t',
      '"',
      "'",
      '\\',
      '#',
      'x41',
      '$',
      '""',
      "'b c'",
      '\\ ',
      'bind',
    );
    const property = fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const line = pieces.join('');
      const { words } = splitWords(line);
      const spans = wordSpans(line);
      expect(spans.map(({ start, end }) => splitWords(line.slice(start, end)).words)).toEqual(
        words.map((word) => [word]),
      );
    });
    fc.assert(property, { seed: 20_261_121, numRuns: 2000 });
  });
});
