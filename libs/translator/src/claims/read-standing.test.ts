import { CONFIG_HEADER } from '@kubefigurator/config-model';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ServiceRecord } from '../index.ts';
import { defaultTranslatorSettings } from '../index.ts';
import { compileSnapshot } from '../testing/compiled.ts';
import { propertyRuns } from '../testing/property-runs.ts';
import { readStandingClaims } from './read-standing.ts';

const FRONTEND = `
# service: shop/web port: http
# service: shop/api port: http
frontend k8s-service_all_443_listen
  mode http
  # service: shop/web port: http certificate: /etc/haproxy/ssl/web.pem
  bind *:443 ssl crt /etc/haproxy/ssl/web.pem alpn h2,http/1.1
  http-request set-var(txn.host) req.hdr(host),host_only,lower
  # service: shop/web port: http
  use_backend k8s-service_shop_web_http_backend if { var(txn.host) -m str a.org b.org }
  use_backend k8s-service_shop_web_http_backend if { var(txn.host) -m end .c.org }
  # service: shop/api port: http
  default_backend k8s-service_shop_api_http_backend
`;
const about = { mode: 'http', tls: true, state: 'served' } as const;
const source = { namespace: 'shop', port: 'http' };

it('reads what a frontend gives to whom, and what is reserved', () => {
  const reserved = '# reserved: shop/db port: http bind: [::]:5432 mode: tcp tls: off';
  expect([...readStandingClaims(`${CONFIG_HEADER}\n${reserved}\n${FRONTEND}`)]).toEqual([
    [
      '*:443',
      {
        ...{ address: '*', port: 443, served: true, firstCertificate: '/etc/haproxy/ssl/web.pem' },
        certificates: ['/etc/haproxy/ssl/web.pem'],
        sources: new Map([
          [
            'shop/web/http',
            {
              ...about,
              source: { ...source, service: 'web' },
              hosts: new Set(['a.org', 'b.org', '.c.org']),
              certificate: '/etc/haproxy/ssl/web.pem',
            },
          ],
          ['shop/api/http', { ...about, source: { ...source, service: 'api' }, hosts: new Set(['*']) }],
        ]),
      },
    ],
    [
      '[::]:5432',
      {
        ...{ address: '::', port: 5432, served: false },
        sources: new Map([
          [
            'shop/db/http',
            {
              ...{ mode: 'tcp', tls: false, state: 'reserved', hosts: new Set(['*']) },
              source: { ...source, service: 'db' },
            },
          ],
        ]),
      },
    ],
  ]);
});

it.each([
  ['no text', undefined],
  ['a blank text', ''],
  ['a text without our header', FRONTEND],
  ['a text that is the header alone', `${CONFIG_HEADER}\n`],
  ['no mode', `${CONFIG_HEADER}\n${FRONTEND.replace('mode http', '')}`],
  ['several addresses', `${CONFIG_HEADER}\n${FRONTEND.replace('*:443', '10.0.0.1:443,10.0.0.2:443')}`],
  ['a range of ports', `${CONFIG_HEADER}\n${FRONTEND.replace('*:443', '*:1-65535')}`],
  ['a socket', `${CONFIG_HEADER}\n${FRONTEND.replace('*:443', 'unix@/run/x')}`],
])('reads no claims from %s', (_what, text) => expect(readStandingClaims(text).size).toBe(0));

const pieces = fc.constantFrom(
  ...[...FRONTEND.split('\n'), ...FRONTEND.split(' ')],
  ...[
    '\n',
    '"',
    '\\',
    '{',
    '}',
    '-m',
    ' crt',
    '# reserved: ',
    'bind: *:443',
    'backend x',
    '\0',
    '\u2028',
    '#',
  ],
);

/** Its host names can't be read, so that all it has stays reserved. */
const BROKEN: ServiceRecord = {
  ...{ namespace: 'shop', name: 'web', createdAt: 1, type: 'NodePort', ipFamilies: ['IPv4'] },
  labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
  annotations: new Map([['haproxy-kubefigurator.hostname', 'a b']]),
  ports: [{ name: 'http', number: 80, protocol: 'TCP', nodePort: 30_080 }],
};

it(
  'neither reading nor deciding claims throws, whatever a person has made of the text',
  { timeout: 120_000 },
  () => {
    const text = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 9 })), { maxLength: 40 });
    fc.assert(
      fc.property(text, fc.constantFrom('', ' ', '\n'), (list, between) => {
        const standing = readStandingClaims(`${CONFIG_HEADER}\n${list.join(between)}`);
        const snapshot = { services: [BROKEN], nodes: [] };
        expect(() => compileSnapshot(snapshot, defaultTranslatorSettings, standing)).not.toThrow();
      }),
      propertyRuns(),
    );
  },
);
