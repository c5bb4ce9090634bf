import { describe, expect, it } from 'vitest';
import { revealSecret } from '@kubefigurator/daemon';
import { etcdSettings } from './etcd-settings.ts';
import { type EtcdProxy, parseEtcdProxy, routeToEtcd } from './etcd-proxy.ts';

function proxyOf(text: string): EtcdProxy {
  const parsed = parseEtcdProxy(text);
  if ('value' in parsed) return parsed.value;
  throw new Error(parsed.reason);
}

describe('--etcd-proxy', () => {
  it.each([
    ['http://proxy:3128', 'http://proxy:3128'],
    ['http://proxy:3128/', 'http://proxy:3128'],
    ['http://proxy', 'http://proxy:80'],
    ['proxy:3128', 'http://proxy:3128'],
    ['http://[::1]:3128', 'http://[::1]:3128'],
    ['http://me:SECRET@proxy:3128', 'http://proxy:3128'],
  ])('%s is %s', (text, shown) => {
    expect(String(proxyOf(text))).toBe(shown);
    expect(etcdSettings.etcdProxy.show(proxyOf(text))).toBe(shown);
    expect(JSON.stringify(proxyOf(text))).not.toContain('SECRET');
  });

  it('keeps user and password of the proxy', () => {
    const { credentials } = proxyOf('http://me:p%40ss@proxy:3128');
    expect(credentials === undefined ? '' : revealSecret(credentials)).toBe('me:p@ss');
  });

  it.each([
    'https://proxy:3128',
    'socks5://proxy:1080',
    'http://',
    'http://me:SECRET@a b',
    'http://a/b',
    'http://a?b',
  ])('refuses %s', (text) => {
    const parsed = parseEtcdProxy(text);
    expect(parsed).toEqual({ reason: expect.stringContaining('is not an HTTP proxy; give a URL') as string });
    expect(JSON.stringify(parsed)).not.toContain('SECRET');
  });
});

describe('the way to etcd', () => {
  it('is direct without --etcd-proxy, whatever the environment says', () => {
    expect(routeToEtcd('https://etcd:2379', undefined)).toEqual({
      target: 'https://etcd:2379',
      options: { 'grpc.enable_http_proxy': 0 },
    });
  });

  it.each(['http', 'https'])('leads through the proxy, with the scheme %s of etcd', (scheme) => {
    expect(routeToEtcd(`${scheme}://etcd:2379`, proxyOf('http://me:pw@proxy:3128'))).toEqual({
      target: `${scheme}://proxy:3128`,
      options: {
        'grpc.enable_http_proxy': 0,
        'grpc.http_connect_target': 'dns:etcd:2379',
        'grpc.default_authority': 'etcd:2379',
        'grpc.http_connect_creds': 'me:pw',
      },
    });
  });
});
