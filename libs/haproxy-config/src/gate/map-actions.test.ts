import { expect, it } from 'vitest';
import { gate, good, settings } from './testing/sample-gate.ts';

const MAP = '/etc/haproxy/data/m';

function judged(line: string): string {
  return gate(
    good.replace('  bind', () => `  ${line}\n  bind`),
    settings,
  ).kind;
}

it.each([
  `http-request set-map(${MAP})`,
  `http-request set-map(${MAP}) a`,
  `http-request set-map(${MAP}) a if TRUE`,
  `http-request set-map(${MAP}) a b c`,
  `http-request set-map(${MAP}) a "" b`,
  `http-response del-map(${MAP})`,
  `http-request del-map(${MAP}) ""`,
  `http-response add-acl(${MAP}) if TRUE`,
  `http-request del-acl(${MAP}) a b`,
])('refuses %s, on which HAProxy crashes', (line) => {
  expect(judged(line)).toBe('refused');
});

it.each([
  `http-request set-map(${MAP}) %[src] %[req.hdr(host),lower]-%[path] if TRUE`,
  `http-request set-map(${MAP}) %[src] '%[path] if'`,
  `http-request add-acl(${MAP}) %[src] unless { path /a }`,
  `http-response del-map(${MAP}) %[var(txn.key)]`,
  `http-after-response del-acl(${MAP}) a.example.com`,
])('accepts %s', (line) => {
  expect(judged(line)).toBe('accepted');
});
