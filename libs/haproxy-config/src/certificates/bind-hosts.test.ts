import { expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import { certifiedBinds } from './bind-hosts.ts';

const FRONTEND = `frontend f
  mode http
  # service: shop/web port: http certificate: /ssl/shop.pem
  bind *:443 ssl crt /ssl/shop.pem crt /ssl/other.pem alpn h2,http/1.1
  http-request set-var(txn.host) req.hdr(host),host_only,rtrim(.),lower
  # service: shop/web port: http
  use_backend shop if { var(txn.host) -m str shop.example.com www.example.com }
  # service: blog/web port: http
  use_backend blog if { var(txn.host) -m end .blog.example.com }
  default_backend any
`;

it('a bind has its certificates, and the hosts of its frontend with their Services', () => {
  const [bind, ...others] = certifiedBinds({ config: parseConfigText(FRONTEND) });
  const shop = { namespace: 'shop', service: 'web', port: 'http' };
  expect(bind?.paths).toEqual(['/ssl/shop.pem', '/ssl/other.pem']);
  expect([...(bind?.hosts.keys() ?? [])]).toEqual([
    'shop.example.com',
    'www.example.com',
    '*.blog.example.com',
  ]);
  expect(bind?.hosts.get('shop.example.com')).toMatchObject([shop]);
  expect(others).toEqual([]);
});

it('a list of the release has certificates as well', () => {
  const name = `${'a'.repeat(64)}.crt-list`;
  const config = parseConfigText(FRONTEND.replace('crt /ssl/shop.pem', `crt-list /ours/${name}`));
  const files = [{ name, content: '/ssl/a.pem\n/ssl/b.pem\n' }];
  expect(certifiedBinds({ config, files })[0]?.paths).toEqual(['/ssl/a.pem', '/ssl/b.pem', '/ssl/other.pem']);
});

it.each([
  ['without TLS', FRONTEND.replace(/ ssl .*/, '')],
  ['without a host', FRONTEND.replace(/ {2}use_backend.*\n/g, '')],
  ['with another condition', FRONTEND.replaceAll('var(txn.host)', 'req.hdr(host)')],
  ['with words that are no host', FRONTEND.replace(/-m (str|end) .* \}/g, '-m $1 A\u009b {} * }')],
])('a frontend %s has none', (_what, text) => {
  expect(certifiedBinds({ config: parseConfigText(text) })).toEqual([]);
});
