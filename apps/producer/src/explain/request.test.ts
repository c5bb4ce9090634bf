import { expect, it } from 'vitest';
import type { RequestExplanation } from './explanation.ts';
import { parseRequestUrl } from './parse-request.ts';
import { explainRequest } from './request.ts';
import { observedFrom } from './testing/observed.ts';

const NODE = {
  kind: 'Node',
  metadata: { name: 'worker-a' },
  status: { addresses: [{ type: 'InternalIP', address: '10.1.0.11' }] },
};

function service(name: string, nodePort: number, options: Readonly<Record<string, string>>): object {
  const annotations = Object.entries(options).map(([key, value]) => [`haproxy-kubefigurator.${key}`, value]);
  const labels = { 'haproxy-kubefigurator.enabled': 'yes' };
  return {
    kind: 'Service',
    metadata: { namespace: 'shop', name, labels, annotations: Object.fromEntries(annotations) as object },
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort }] },
  };
}

const PLAIN = { 'use-ssl': 'false', 'listen-port': '80' };
const documents = [
  { explain: 'x', hosts: [{ host: 'lb-1' }] },
  NODE,
  service('exact', 30001, { hostname: 'a.shop.example.com' }),
  service('narrow', 30002, { hostname: '*.a.shop.example.com' }),
  service('wide', 30003, { hostname: '*.shop.example.com' }),
  service('every', 30004, { 'ssl-certificate': 'every.pem' }),
  service('plain', 30005, { ...PLAIN, hostname: 'p.example.com' }),
  service('named', 30006, { ...PLAIN, hostname: 'n.example.com', 'listen-ip': '10.0.0.5' }),
  service('tcp', 30007, { 'haproxy-mode': 'tcp', 'listen-port': '5432' }),
];
const facts = observedFrom(documents.map((each) => JSON.stringify(each)).join('\n---\n'));

function ask(url: string): RequestExplanation {
  const request = parseRequestUrl(url);
  if (!('value' in request)) throw new Error(request.reason);
  return explainRequest(facts, request.value);
}

it.each([
  ['https://a.shop.example.com', 'exact', 'exact', 'a.shop.example.com'],
  ['https://x.a.shop.example.com', 'wildcard', 'narrow', '*.a.shop.example.com'],
  ['https://x.y.shop.example.com', 'wildcard', 'wide', '*.shop.example.com'],
  ['https://shop.example.com', 'default', 'every', undefined],
  ['https://other.example.com', 'default', 'every', undefined],
  ['https://x.shop.example.com.evil.org', 'default', 'every', undefined],
  ['https://10.9.9.9', 'default', 'every', undefined],
  ['http://p.example.com', 'exact', 'plain', 'p.example.com'],
  ['https://db.example.com:5432', 'tcp', 'tcp', undefined],
  ['http://db.example.com:5432', 'tcp', 'tcp', undefined],
])('%s goes by %s to %s', (url, match, name, pattern) => {
  const [{ target, answer } = {}] = ask(url).binds;
  expect(answer).toBeUndefined();
  expect(target).toMatchObject({ match, source: { namespace: 'shop', service: name } });
  expect(target?.pattern).toBe(pattern);
});

it('a request to an address reaches the bind of this address, and to another one that of every address', () => {
  expect(ask('http://10.0.0.5').binds.map(({ bind }) => bind)).toEqual(['10.0.0.5:80']);
  expect(ask('http://10.0.0.6').binds.map(({ bind }) => bind)).toEqual(['*:80']);
  expect(ask('http://[2001:db8::1]').binds).toEqual([]);
  expect(ask('http://p.example.com').binds.map(({ bind }) => bind)).toEqual(['*:80', '10.0.0.5:80']);
});

it.each([
  ['http://a.shop.example.com:443', /closes the connection/],
  ['https://p.example.com:80', /400 Bad Request/],
  ['http://unknown.example.com', /503 Service Unavailable/],
])('%s reaches no server: %s', (url, answer) => {
  const { binds, verdict } = ask(url);
  expect(verdict).toBe('nowhere');
  expect(binds[0]?.target).toBeUndefined();
  expect(binds[0]?.answer).toMatch(answer);
});

it('says where a name is served if it is not on this port', () => {
  expect(ask('http://a.shop.example.com:8080')).toMatchObject({
    verdict: 'nowhere',
    binds: [],
    hints: expect.arrayContaining([
      'a.shop.example.com is asked for on *:443 by shop/exact port 80: https://a.shop.example.com',
    ]) as string[],
  });
});

it('gives no hint for what is served', () => {
  expect(ask('https://a.shop.example.com')).toMatchObject({ verdict: 'everywhere', hints: [] });
});
