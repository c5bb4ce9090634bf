import { describe, expect, it } from 'vitest';
import { splitWords } from './words.ts';

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
