import type { Blame } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import { expect, it } from 'vitest';
import { describeRefusedParts } from './known-fault.ts';

const blame: Blame[] = [
  { sources: [{ namespace: 'default', service: 'bad', port: 'web' }], message: 'no such file' },
];

interface Shape {
  readonly certificate?: string;
  readonly server?: string;
  readonly rule?: string;
}

/** A bind that all Services share, with a certificate for each, and a rule and a backend for each. */
function textOf(services: Readonly<Record<string, Shape>>): string {
  const comment = (service: string, more = ''): string => `# service: default/${service} port: web${more}`;
  const names = Object.keys(services);
  const fileOf = (name: string): string => `/ssl/${services[name]?.certificate ?? name}.pem`;
  return [
    ...names.map((name) => comment(name)),
    'frontend web',
    ...names.map((name) => `  ${comment(name, ` certificate: ${fileOf(name)}`)}`),
    `  bind *:443 ssl ${names.map((name) => `crt ${fileOf(name)}`).join(' ')}`,
    ...names.flatMap((name) => [
      `  ${comment(name)}`,
      `  use_backend ${name} if { req.hdr(host) -m str ${services[name]?.rule ?? name} }`,
    ]),
    ...names.flatMap((name) => [
      comment(name),
      `backend ${name}`,
      `  server ${services[name]?.server ?? 'x 10.0.0.1:80 check'}`,
    ]),
    '',
  ].join('\n');
}

const partsOf = (services: Readonly<Record<string, Shape>>, refused = blame): string =>
  describeRefusedParts(parseConfigText(textOf(services)), refused);
const KNOWN = partsOf({ bad: {}, good: {} });

it.each<[string, Readonly<Record<string, Shape>>]>([
  ['another Service comes', { bad: {}, good: {}, newcomer: {} }],
  ['another Service changes', { bad: {}, good: { rule: 'other' } }],
  ['names and addresses of its servers change', { bad: { server: 'y 10.0.0.9:80 check' }, good: {} }],
])('is the same fault if %s', (_what, services) => expect(partsOf(services)).toBe(KNOWN));

it.each<[string, Readonly<Record<string, Shape>>]>([
  ['names another certificate', { bad: { certificate: 'mended' }, good: {} }],
  ['has another rule', { bad: { rule: 'mended' }, good: {} }],
  ['has other options on its servers', { bad: { server: 'x 10.0.0.1:80 check ssl' }, good: {} }],
  ['is gone', { good: {} }],
])('is another fault if the Service %s', (_what, services) => expect(partsOf(services)).not.toBe(KNOWN));

it('of a bind that isn’t available only the bind counts', () => {
  const bind = { section: 'frontend web', word: '*:443' };
  const refused: Blame[] = [{ sources: [], bind, message: 'taken' }];
  expect(partsOf({ bad: {}, good: {} }, refused)).toBe('frontend web: bind *:443');
  expect(partsOf({ good: {} }, refused)).toBe('frontend web: bind *:443');
});

it('a refused line that several Services share says nothing about one of them', () => {
  expect(partsOf({ bad: {}, good: {} }, [{ ...(blame[0] as Blame), shared: true }])).toBe('');
});
