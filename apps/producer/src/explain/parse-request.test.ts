import { expect, it } from 'vitest';
import { parseRequestUrl } from './parse-request.ts';

it.each([
  [
    'https://shop.example.com',
    { host: 'shop.example.com', port: 443, tls: true, url: 'https://shop.example.com' },
  ],
  ['http://shop.example.com', { port: 80, tls: false }],
  [
    'HTTPS://Shop.Example.COM:8443/cart?a=1#b',
    { host: 'shop.example.com', port: 8443, url: 'https://shop.example.com:8443' },
  ],
  ['http://shop.example.com:443', { port: 443, tls: false, url: 'http://shop.example.com:443' }],
  ['https://shop.example.com.', { host: 'shop.example.com' }],
  ['https://bücher.example', { host: 'xn--bcher-kva.example' }],
  ['https://10.0.0.5:443/', { host: '10.0.0.5', port: 443, address: { family: 'IPv4' } }],
  [
    'https://[2001:db8::1]:8443',
    { host: '2001:db8::1', url: 'https://[2001:db8::1]:8443', address: { family: 'IPv6' } },
  ],
])('%s', (text, request) => expect(parseRequestUrl(text)).toMatchObject({ value: request }));

it('shows neither user nor password', () => {
  expect(JSON.stringify(parseRequestUrl('https://ann:secret@shop.example.com'))).not.toMatch(/ann|secret/);
});

it.each([
  ['shop.example.com', /https:\/\//],
  ['ftp://shop.example.com', /https:\/\//],
  ['https://', /not a URL/],
  ['https://a b', /not a URL/],
  ['https://shop.example.com:99999', /not a URL/],
  ['https://shop.example.com:0', /port 0/],
  ['https://*.example.com', /wildcard/],
])('%s is refused', (text, reason) =>
  expect(parseRequestUrl(text)).toEqual({ reason: expect.stringMatching(reason) as string }),
);
