import { expect, it } from 'vitest';
import { sourceKey } from '@kubefigurator/config-model';
import type { Options } from '../testing/owned-services.ts';
import { compileServices, service } from '../testing/owned-services.ts';

const TCP = { 'haproxy-mode': 'tcp' };

it.each<[string, Options, Options]>([
  ['conflict-port', TCP, TCP],
  ['conflict-mode', TCP, { hostname: 'b.org' }],
  ['conflict-tls', { hostname: 'a.org' }, { hostname: 'b.org', 'use-ssl': 'false' }],
  ['conflict-host', { hostname: 'a.org' }, { hostname: 'a.org' }],
  ['conflict-host', { hostname: '*.a.org' }, { hostname: 'x.a.org', 'listen-port': '8443' }],
  ['conflict-default', { 'ssl-certificate': 'a.pem' }, { 'ssl-certificate': 'b.pem' }],
])('%s names the winner as a source, as its message does in words: %j before %j', (code, first, second) => {
  const { claims } = compileServices([service('a/first', 2020, first), service('b/second', 2021, second)]);
  const [conflict] = claims.diagnostics;
  expect(conflict).toMatchObject({ code, object: { name: 'second' } });
  expect(conflict?.winner && sourceKey(conflict.winner)).toBe('a/first/web');
  expect(conflict?.message).toContain('a/first port web');
});

it('names who has a bind reserved', () => {
  const before = compileServices([service('b/second', 2021, TCP)]);
  const broken = service('b/second', 2021, { ...TCP, 'backends-balance-method': 'none-such' });
  const { claims } = compileServices([service('a/first', 2020, TCP), broken], before.standing);
  expect(claims.diagnostics.map(({ code, winner }) => [code, winner && sourceKey(winner)])).toEqual([
    ['conflict-port', 'b/second/web'],
  ]);
});
