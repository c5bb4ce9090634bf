import { describe, expect, it } from 'vitest';
import { defaultServiceLimits } from '../snapshot/limits.ts';
import { OPTIONS } from './table.ts';

const CONTEXT = { cluster: 'nyc1', limits: defaultServiceLimits };

function parse(name: string, text: string): unknown {
  const parsed = OPTIONS.find((option) => option.name === name)?.parse(text, CONTEXT);
  if (parsed === undefined) throw new Error(`no option ${name}`);
  if (!parsed.ok) return 'refused';
  return parsed.warning === undefined ? parsed.value : ['warned', parsed.value];
}

describe('values', () => {
  it.each<[string, string, unknown]>([
    ['hostname', 'a.b', { first: 'a.b', patterns: [{ match: 'exact', name: 'a.b' }] }],
    ['hostname', '*.B', { first: '*.B', patterns: [{ match: 'wildcard', name: '.b' }] }],
    ['hostname', 'CLUSTER.x', { first: 'nyc1.x', patterns: [{ match: 'exact', name: 'nyc1.x' }] }],
    ['hostname', '-a.b', 'refused'],
    ['hostname', 'a..b', 'refused'],
    ['hostname', 'a.b.', 'refused'],
    ['listen-ip', '*', ['*']],
    ['listen-ip', '0.0.0.0', ['*']],
    ['listen-ip', '::0', ['::']],
    ['listen-port', '1', 1],
    ['listen-port', '1e3', 'refused'],
    ['listen-port', '４４３', 'refused'],
    ['haproxy-mode', 'tcp', 'tcp'],
    ['haproxy-mode', 'health', 'refused'],
    ['use-ssl', 'true', true],
    ['use-ssl', 'True', ['warned', false]],
    ['backends-use-ssl', 'false', false],
    ['backends-use-ssl', 'no', ['warned', undefined]],
    ['backends-verify-ssl', 'yes', ['warned', false]],
    ['ssl-certificate', 'a/b.pem', 'a/b.pem'],
    ['ssl-certificate', 'a//b.pem', 'refused'],
    ['ssl-certificate', '...', '...'],
    ['backends-server-name', 'A.b', 'a.b'],
    ['backends-server-name', 'a,b', 'refused'],
    ['backends-balance-method', 'uri whole', { words: ['uri', 'whole'], needsHttp: true }],
    ['backends-balance-method', 'hash src', { words: ['hash', 'src'], needsHttp: false }],
    ['backends-balance-method', 'source\n', 'refused'],
  ])('%s: %j', (name, text, expected) => expect(parse(name, text)).toEqual(expected));
});

it('every row has all of its texts, each of which fits into a cell of a Markdown table', () => {
  for (const row of OPTIONS) {
    for (const text of [row.takes, row.default, row.doc, row.ineffective]) expect(text).toMatch(/^[^\n|]+$/);
  }
});

it('no two options have one name', () => {
  expect(new Set(OPTIONS.map(({ name }) => name)).size).toBe(OPTIONS.length);
});
