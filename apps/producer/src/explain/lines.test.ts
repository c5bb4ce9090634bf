import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import { describe, expect, it } from 'vitest';
import { comparePublished, linesOfPort, publishedState } from './lines.ts';

const SOURCE = { namespace: 'shop', service: 'web', port: 'http' };

/** A frontend that two ports share, and the backend of the first. */
function text({
  others = '',
  rule = 'shop.example.com',
  server = '10.1.0.11:30001',
  bind = '*:443',
  certificate = '/ssl/shop.pem',
} = {}): string {
  return `${CONFIG_HEADER}

# service: blog/web port: http
# service: shop/web port: http
frontend f
  mode http
  # service: blog/web port: http certificate: /ssl/blog.pem
  # service: shop/web port: http certificate: ${certificate}
  bind ${bind} ssl crt /ssl/blog.pem crt /ssl/shop.pem${others}
  http-request set-var(txn.host) req.hdr(host),host_only
  # service: blog/web port: http
  use_backend blog if { var(txn.host) -m str blog.example.com }
  # service: shop/web port: http
  use_backend shop if { var(txn.host) -m str ${rule} }

# service: shop/web port: http
backend shop
  mode http
  server worker-a ${server} check

# service: blog/web port: http
backend blog
  mode http
`;
}

const config = (changed: Parameters<typeof text>[0] = {}): ReturnType<typeof parseConfigText> =>
  parseConfigText(text(changed));

describe('linesOfPort', () => {
  it('has what a port shares and what is its own, and nothing of others', () => {
    expect(linesOfPort(config(), SOURCE).lines).toEqual([
      'frontend f',
      '  mode http',
      '  bind *:443 ssl crt /ssl/blog.pem crt /ssl/shop.pem',
      '  use_backend shop if { var(txn.host) -m str shop.example.com }',
      'backend shop',
      '  mode http',
      '  server worker-a 10.1.0.11:30001 check',
    ]);
  });

  it('is empty for a port that the text does not have', () => {
    expect(linesOfPort(config(), { ...SOURCE, port: 'other' })).toEqual({ lines: [], identity: '' });
  });
});

describe('comparePublished', () => {
  it.each([
    ['the same text', {}, 'published'],
    ['one with the certificate of a third Service', { others: ' crt /ssl/third.pem' }, 'published'],
    ['another rule', { rule: 'www.example.com' }, 'differs'],
    ['another server', { server: '10.1.0.99:30001' }, 'differs'],
    ['another certificate', { certificate: '/ssl/new.pem' }, 'differs'],
    ['another bind', { bind: '*:8443' }, 'differs'],
  ] as const)('%s', (_what, changed, state) => {
    expect(comparePublished(config(), config(changed), SOURCE)).toBe(state);
  });

  it('says on which side a port is missing', () => {
    const empty = parseConfigText(`${CONFIG_HEADER}\n`);
    expect(comparePublished(config(), empty, SOURCE)).toBe('missing');
    expect(comparePublished(config(), undefined, SOURCE)).toBe('missing');
    expect(comparePublished(empty, config(), SOURCE)).toBe('lingers');
    expect(publishedState('', '')).toBe('absent');
  });
});
