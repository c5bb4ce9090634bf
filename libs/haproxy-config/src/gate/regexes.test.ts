import { describe, expect, it } from 'vitest';
import { regexCost } from './regex-cost.ts';
import { regexesOfLine } from './regexes.ts';
import { gate, good, settings } from './testing/sample-gate.ts';

function findingsOn(...lines: readonly string[]): readonly string[] {
  const text = good.replace('  mode http\n  bind', () => `${lines.join('\n')}\n  mode http\n  bind`);
  const verdict = gate(text, settings);
  return verdict.kind === 'refused' ? verdict.blame.map(({ message }) => message) : [];
}

describe('what a regex costs', () => {
  it.each([
    ...[
      '(a+)+',
      '(a*)*',
      '(a|a)*',
      '(a|aa)+',
      '(.*)*',
      '(.+)+$',
      '([a-z]+)*x',
      '(?:a+)+',
      '(a?)+',
      '(a+)*?',
      '(a+)++',
    ],
    ...['((a+))+', '((ab)+)+', '(a{2,})+', '(a+){2,}', '(a{1,50}){1,50}', '^(([a-z])+.)+[A-Z]([a-z])+$'],
    ...[
      '([a-z]+-?)*',
      '(a+|b)*c',
      '(.*,)*',
      '(?<n>a+)+',
      '(?P<n>a+)+',
      '(?i:a+)+',
      '(\\w+\\w)+',
      '([^a]+b)*',
      '(\\d+|\\D+)*',
    ],
    ...[
      'a*a*a*a*[bc]',
      '(a)*(a)*(a)*(a)*b',
      'a{0,9}a{0,9}a{0,9}a{0,9}',
      'a?'.repeat(32),
      '(?:a)?'.repeat(32),
      '(?:(?:a)?)'.repeat(32),
      '(?:a|aa)'.repeat(32),
      '(?:a|)'.repeat(32),
      '(?:ab?|a)'.repeat(32),
      '^/(.*)/(.*)/(.*)/(.*)$',
      '.*.*.*.*',
      `${'a?'.repeat(3)}(a+)+`,
      '(|a)*',
      '(a+A)+',
    ],
    ...['(unclosed', '('.repeat(9), `${'('.repeat(7)}a${')'.repeat(7)}`, 'a'.repeat(5_000)],
  ])('%s is refused', (regex) => {
    expect(regexCost(regex).kind).toBe('refused');
  });

  it.each([
    ['^/api/v[0-9]+/', 0],
    ['^([a-z0-9-]+\\.)+example\\.com$', 1],
    ['^(?:[^/]+/)*index\\.php$', 1],
    ['^(/[^/]+)*$', 2],
    ['\\.(?:jpe?g|png|gif)$', 0],
    ['^/(en|de|fr)(/.*)?$', 1],
    ['^/([^/]+)/([^/]+)/([^/]+)/([^/]+)/(.*)', 1],
    ['^/old/(.*)$', 1],
    ['/wp-content/.*\\.php', 1],
    ['^/(.*)/(.*)/(.*)$', 3],
    ['^(\\d{1,3}\\.){3}\\d{1,3}$', 0],
    ['(a|b|c)*x', 1],
    ['^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', 0],
    ['^.*$', 1],
    ['[]a]+x', 0],
    ['^(?i)/Foo', 0],
    ['a{2,5}', 1],
    ['a{2,3}b{40}', 0],
  ])('%s has %s open repetitions', (regex, ambiguous) => {
    expect(regexCost(regex)).toEqual({ kind: 'taken', ambiguous });
  });

  it('is found in a time that grows with the length only', () => {
    const startedAt = performance.now();
    for (const piece of [
      '(',
      '(a',
      '[',
      '\\',
      'a*',
      '(?<',
      '{1,',
      '|',
      '(a+\\.)*',
      '[^',
      '(a|',
      '\\p{',
      '[[:',
      '[\\',
    ])
      for (let times = 0; times < 20; times += 1) regexCost(`${piece.repeat(1_000 / piece.length)}\\`);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('the regexes of a line', () => {
  it.each([
    ['acl a path_reg -i ^/a ^/b', ['^/a', '^/b']],
    ['acl a hdr_reg(host) ^a', ['^a']],
    ['acl a path -m reg ^/a ^/b', ['^/a', '^/b']],
    ['acl a path -i -m reg -- ^/a', ['--', '^/a']],
    ['http-request deny if { path_reg ^/a } { src 10.0.0.1 }', ['^/a']],
    ['http-request deny if { path,lower -m reg ^/a } || { url_reg b }', ['^/a', 'b']],
    ['http-request replace-header x ^a b if c', ['^a']],
    ['http-request replace-path ^a b', ['^a']],
    ['http-response replace-value x ^a b', ['^a']],
    ['http-request del-header ^x- -m reg', ['^x-']],
    ['http-after-response del-header ^x- -m reg if { path_reg ^/a }', ['^/a', '^x-']],
    ['http-response del-header x- -m beg if { path -m reg ^/a }', ['^/a']],
    ['http-check expect rstatus ^2', ['^2']],
    ['tcp-check expect ! rstring ^a', ['^a']],
    ['http-request set-path %[path,regsub(^/a,/b,g),regsub("^/c",/d)]', ['^/a', '^/c']],
    ['acl region path /region', []],
    ['acl a path_reg { (a+)+', ['{', '(a+)+']],
    ['acl a path_reg } (a+)+', ['}', '(a+)+']],
    ['http-request deny if !{ path_reg ^/a }', ['^/a']],
    ['http-request deny if ! { path_reg ^/a } or !!{ url_reg b }', ['^/a', 'b']],
    ['server reg 10.0.0.1:80', []],
    ['server a 10.0.0.1:80 check-sni x_reg verifyhost x_reg', []],
    ['server a 10.0.0.1:80 check-sni rstatus verifyhost rstatus', []],
    ['use_backend a if { var(txn.host) -m str a_reg b.example.com c }', []],
    ['use_backend a if { var(txn.host) -m str rstring b.example.com }', []],
  ])('%s', (line, regexes) => {
    expect(regexesOfLine(line.split(' '))).toEqual(regexes);
  });
});

describe('the gate', () => {
  it.each([
    'acl a path_reg ^/(a+)+$',
    'acl a path -m reg ^/(a+)+$',
    "acl a path -m reg '^/(a+)+ b$'",
    'http-request deny if { path_reg ^/(a|a)*$ }',
    'http-request replace-path (.*)* /',
    'http-request set-path %[path,regsub((a+)+,b)]',
    'http-check expect rstring (a+)+',
    'http-request del-header (a+)+ -m reg',
    'http-response del-header (a|a)* -m reg if TRUE',
    'http-after-response del-header (.*)* -m reg',
  ])('refuses %s', (line) => {
    expect(findingsOn(`  ${line}`)).toEqual([
      expect.stringMatching(/^line \d+: regex ".*": it repeats what/),
    ]);
  });

  it('takes 60 slow regexes in a section, and at most 1,000 in all', () => {
    const slow = Array.from({ length: 60 }, (_, index) => `  acl a path_reg .*/${index}/.*x`);
    const others = Array.from({ length: 900 }, (_, index) => `  acl a path_reg ^/${index}/[^/]+/edit$`);
    expect(findingsOn(...slow, ...others)).toEqual([]);
    expect(findingsOn(...slow, slow[0] ?? '')).toEqual([
      expect.stringContaining('more than 60 regexes with 2 or more'),
    ]);
    expect(findingsOn(...others, ...others)).toEqual([expect.stringContaining('more than 1000 regexes')]);
  });

  it('takes 600 slow regexes in a text, and no more', () => {
    const backend = (index: number): string =>
      `backend r${index}\n${'  acl a path_reg .*/x/.*y\n'.repeat(60)}`;
    const text = (count: number): string =>
      good + Array.from({ length: count }, (_, index) => backend(index)).join('');
    expect(gate(text(10), settings).kind).toBe('accepted');
    expect(gate(text(11), settings)).toMatchObject({
      blame: [{ message: expect.stringContaining('the text has more than 600 regexes') as string }],
    });
  });
});
