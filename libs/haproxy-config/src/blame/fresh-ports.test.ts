import { describe, expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import { freshPorts } from './fresh-ports.ts';

interface Shape {
  readonly certificate?: string;
  readonly host?: string;
  readonly server?: string;
  readonly retries?: number;
}

/** A bind that all Services share, with a certificate, a rule and a backend for each. */
function textOf(services: Readonly<Record<string, Shape>>, bind = '*:443 ssl'): string {
  const names = Object.keys(services);
  const comment = (name: string): string => `# service: shop/${name} port: web`;
  const fileOf = (name: string): string => services[name]?.certificate ?? `/ssl/${name}.pem`;
  return [
    ...names.map(comment),
    'frontend web',
    ...names.map((name) => `  ${comment(name)} certificate: ${fileOf(name)}`),
    `  bind ${bind} ${names.map((name) => `crt ${fileOf(name)}`).join(' ')}`,
    '  http-request set-var(txn.host) req.hdr(host)',
    ...names.flatMap((name) => [
      `  ${comment(name)}`,
      `  use_backend ${name} if { var(txn.host) -m str ${services[name]?.host ?? name} }`,
    ]),
    ...names.flatMap((name) => [
      comment(name),
      `backend ${name}`,
      `  retries ${services[name]?.retries ?? 3}`,
      `  server n ${services[name]?.server ?? '10.0.0.1'}:30080 check`,
    ]),
  ].join('\n');
}

const RUNS = parseConfigText(textOf({ a: {}, b: {}, c: {} }));
const fresh = (text: string, running: typeof RUNS | undefined = RUNS): string[] =>
  freshPorts(parseConfigText(text), running).map(
    ({ service, isNew }) => `${service}${isNew ? ' (new)' : ''}`,
  );

describe('the ports that are new or changed', () => {
  it.each<[string, string, readonly string[]]>([
    ['nothing changes', textOf({ a: {}, b: {}, c: {} }), []],
    ['one comes, and the others share its bind', textOf({ a: {}, b: {}, c: {}, d: {} }), ['d (new)']],
    ['one goes', textOf({ a: {}, c: {} }), []],
    ['the addresses of servers change', textOf({ a: { server: '10.0.0.9' }, b: {}, c: {} }), []],
    ['a backend changes', textOf({ a: {}, b: { retries: 5 }, c: {} }), ['b']],
    ['a rule changes', textOf({ a: {}, b: {}, c: { host: 'd' } }), ['c']],
    ['a certificate changes', textOf({ a: { certificate: '/ssl/x.pem' }, b: {}, c: {} }), ['a']],
    ['the bind changes for all', textOf({ a: {}, b: {}, c: {} }, '*:444 ssl'), ['a', 'b', 'c']],
  ])('%s', (_what, text, expected) => {
    expect(fresh(text)).toEqual(expected);
  });

  it('all are new if it isn’t known what runs', () => {
    expect(freshPorts(parseConfigText(textOf({ a: {}, b: {} })), undefined)).toMatchObject([
      { namespace: 'shop', service: 'a', port: 'web', isNew: true },
      { namespace: 'shop', service: 'b', port: 'web', isNew: true },
    ]);
  });

  it('a list instead of the certificates of a bind is no change of those who share it', () => {
    const text = textOf({ a: {}, b: {}, c: {} }).replace(/crt .*/, 'crt-list /ours/0.crt-list');
    expect(fresh(text)).toEqual([]);
  });
});
