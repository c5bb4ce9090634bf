import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import type { Intent } from '../index.ts';
import { createStandingBackends, readStandingClaims } from '../index.ts';
import { createPublishedParts } from './published.ts';

const TEXT = `${CONFIG_HEADER}

# service: shop/web port: http
frontend k8s-service_all_443_listen
  mode http
  # service: shop/web port: http certificate: /etc/haproxy/ssl/a.pem
  bind *:443 ssl crt /etc/haproxy/ssl/a.pem
  # service: shop/web port: http
  use_backend k8s-service_shop_web_http_backend if { var(txn.host) -m str a.test b.test }

# service: shop/web port: http
backend k8s-service_shop_web_http_backend
  mode http
  balance roundrobin
  retries 3
  option redispatch 1
  http-request set-header X-Forwarded-Proto https
  server worker-a 10.1.0.11:30080 check ssl verify none
`;

const published = createPublishedParts({
  claims: readStandingClaims(TEXT),
  backends: createStandingBackends(TEXT),
  certificateDir: '/etc/haproxy/ssl',
  nodes: 3,
});

const STOOD: Intent = {
  source: { namespace: 'shop', service: 'web', port: 'http' },
  mode: 'http',
  bind: { addresses: { kind: 'addresses', addresses: ['*'] }, port: 443 },
  hosts: ['a.test', 'b.test'].map((name) => ({ match: 'exact', name })),
  tls: { certificate: 'a.pem' },
  backend: { balance: ['roundrobin'], tls: { verify: 'none' }, directives: [] },
  servers: { kind: 'nodes', families: ['IPv4'], nodePort: 30_080 },
};

function asked(change: Partial<Intent>): Intent {
  return { ...STOOD, ...change };
}

describe('a port that asks for what stands', () => {
  it.each<[string, Intent]>([
    ['unchanged', STOOD],
    ['with less for each server', asked({ backend: { ...STOOD.backend, tls: undefined } })],
    ['with fewer names', asked({ hosts: [{ match: 'exact', name: 'a.test' }] })],
    ['with another node port', asked({ servers: { kind: 'nodes', families: ['IPv4'], nodePort: 30_081 } })],
  ])('stands as a whole, %s', (_what, intent) => {
    expect(published.isWhole(intent)).toBe(true);
    expect(published.partOf(intent)).toEqual(intent);
  });
});

it('a port stands as a whole while a guard holds an earlier certificate of it, whatever their order', () => {
  const comment = '# service: shop/web port: http certificate: ';
  for (const files of [
    ['a.pem', 'b.pem'],
    ['b.pem', 'a.pem'],
  ]) {
    const comments = files.map((file) => `  ${comment}/etc/haproxy/ssl/${file}\n`).join('');
    const text = TEXT.replace(new RegExp(`  ${comment}.*\n`), comments);
    expect(text).not.toBe(TEXT);
    const held = createPublishedParts({
      ...{ claims: readStandingClaims(text), backends: createStandingBackends(text) },
      ...{ certificateDir: '/etc/haproxy/ssl', nodes: 3 },
    });
    expect([files, held.isWhole(STOOD)]).toEqual([files, true]);
  }
});

describe('a port that has grown', () => {
  const long = 'x'.repeat(60);
  it.each<[string, Intent]>([
    ['a name for each server', asked({ backend: { ...STOOD.backend, tls: { verify: 'none', name: long } } })],
    [
      'a check of certificates',
      asked({ backend: { ...STOOD.backend, tls: { verify: 'required', caFile: '@system-ca' } } }),
    ],
    ['HTTP/2 to the servers', asked({ backend: { ...STOOD.backend, http2: true } })],
    [
      'a longer balance algorithm',
      asked({ backend: { ...STOOD.backend, balance: ['uri', 'len', '20', 'depth', '3'] } }),
    ],
    ['a line more', asked({ backend: { ...STOOD.backend, directives: [{ words: ['fullconn', 9] }] } })],
    ['a longer name of its certificate', asked({ tls: { certificate: `team/${long}.pem` } })],
    ['another certificate, also of a shorter name', asked({ tls: { certificate: 'a' } })],
    ['a host name', asked({ hosts: [...STOOD.hosts, { match: 'exact', name: 'c.test' }] })],
    ['an address', asked({ bind: { addresses: { kind: 'addresses', addresses: ['*', '::'] }, port: 443 } })],
  ])('by %s keeps what it had', (_what, intent) => {
    expect(published.isWhole(intent)).toBe(false);
    expect(published.partOf(intent)).toEqual(STOOD);
  });
});

it.each([
  ['TLS', { verify: 'none' }],
  ['a check of certificates', { verify: 'required', caFile: 'a' }],
] as const)('a port has grown by %s to its servers, however short its backend becomes', (_what, tls) => {
  const name = 'x'.repeat(90);
  const before = tls.verify === 'none' ? 'check' : `check ssl verify none sni str(${name}) check-sni ${name}`;
  const text = TEXT.replace('balance roundrobin', `balance hash req.hdr(${name})`).replace(
    'check ssl verify none',
    before,
  );
  const stands = createPublishedParts({
    claims: readStandingClaims(text),
    backends: createStandingBackends(text),
    certificateDir: '/etc/haproxy/ssl',
    nodes: 3,
  });
  const shorter: Intent = asked({ backend: { balance: ['first'], tls, directives: [] } });
  expect(stands.isWhole(shorter)).toBe(false);
  expect(stands.partOf(shorter)?.backend.tls?.verify).toBe(tls.verify === 'none' ? undefined : 'none');
});

it.each<[string, Intent]>([
  ['of another name', asked({ source: { ...STOOD.source, port: 'admin' } })],
  ['on another listen port', asked({ bind: { ...STOOD.bind, port: 8443 } })],
  ['in another mode', asked({ mode: 'tcp', hosts: [] })],
  ['without the TLS that stands', asked({ tls: undefined })],
])('a port is new %s', (_what, intent) => {
  expect(published.isWhole(intent)).toBe(false);
  expect(published.partOf(intent)).toBeUndefined();
});
