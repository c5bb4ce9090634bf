import { describe, expect, it } from 'vitest';
import { isProxyBypassed, proxyFor } from './proxy.ts';

const P = 'http://proxy:3128';
const direct = { proxyUrl: undefined };

describe('the proxy for a server', () => {
  it.each([
    ['none', 'https://api', {}, undefined],
    ['$HTTPS_PROXY for https', 'https://api', { HTTPS_PROXY: P }, `${P} ($HTTPS_PROXY)`],
    ['in lower case', 'https://api', { https_proxy: P }, `${P} ($https_proxy)`],
    ['upper case first', 'https://api', { https_proxy: 'http://x:1', HTTPS_PROXY: P }, `${P} ($HTTPS_PROXY)`],
    ['an empty one is none', 'https://api', { HTTPS_PROXY: '', https_proxy: '' }, undefined],
    ['$HTTP_PROXY not for https', 'https://api', { HTTP_PROXY: P, ALL_PROXY: P }, undefined],
    ['$HTTP_PROXY for http', 'http://api', { http_proxy: P }, `${P} ($http_proxy)`],
    ['without a scheme', 'https://api', { HTTPS_PROXY: 'proxy:3128' }, `${P} ($HTTPS_PROXY)`],
    [
      'without its password',
      'https://api',
      { HTTPS_PROXY: 'http://me:pw@proxy:3128/' },
      `${P} ($HTTPS_PROXY)`,
    ],
    ['excepted by $NO_PROXY', 'https://api', { HTTPS_PROXY: P, NO_PROXY: 'api' }, undefined],
    ['excepted by $no_proxy', 'https://api', { https_proxy: P, no_proxy: 'a,api' }, undefined],
  ])('%s', (_what, server, env, label) => {
    expect(proxyFor(server, { ...direct, env })?.label).toBe(label);
  });

  it('is the one of the kubeconfig before the environment, whatever $NO_PROXY says', () => {
    const env = { HTTPS_PROXY: 'http://other:1', NO_PROXY: '*' };
    const found = proxyFor('https://api', { proxyUrl: 'socks5://u:p@proxy:1080', env });
    expect(found).toMatchObject({
      url: 'socks5://u:p@proxy:1080',
      label: 'socks5://proxy:1080 (proxy-url in the kubeconfig)',
    });
  });
});

describe('$NO_PROXY', () => {
  it.each([
    ['https://localhost:6443', '', true],
    ['https://127.3.2.1', '', true],
    ['https://[::1]:6443', '', true],
    ['https://api.example.com', '*', true],
    ['https://api.example.com', 'example.com', true],
    ['https://api.example.com', '.example.com', true],
    ['https://api.example.com', '*.example.com', true],
    ['https://example.com', '.example.com', false],
    ['https://badexample.com', 'example.com', false],
    ['https://API.example.com', ' Api.Example.COM , x', true],
    ['https://api.example.com:6443', 'api.example.com:6443', true],
    ['https://api.example.com:6443', 'api.example.com:443', false],
    ['https://api.example.com', 'api.example.com:443', true],
    ['http://api.example.com', 'api.example.com:80', true],
    ['https://10.1.2.3:6443', '10.0.0.0/8', true],
    ['https://11.1.2.3:6443', '10.0.0.0/8', false],
    ['https://10.1.2.3:6443', '10.1.2.3', true],
    ['https://10.1.2.3:6443', '10.1.2.3:6443', true],
    ['https://[fd00::7]:6443', 'fd00::/8', true],
    ['https://[fd00::7]:6443', '[fd00::7]:6443', true],
    ['https://[fd00::7]:6443', 'fd00::7', true],
    ['https://api.example.com', '10.0.0.0/8,10.0.0.0/99,/,:,.', false],
  ])('%s with the list "%s" is reached without a proxy: %s', (server, list, expected) => {
    expect(isProxyBypassed(new URL(server), list)).toBe(expected);
  });
});
