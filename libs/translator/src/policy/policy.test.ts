import { describe, expect, it } from 'vitest';
import type { ServiceRecord, TranslatorSettings } from '../index.ts';
import { defaultTranslatorSettings, readStandingClaims } from '../index.ts';
import { compileSnapshot } from '../testing/compiled.ts';
import { documentOf } from './document.ts';
import { parsePolicy } from './parse-policy.ts';

function settingsWith(policy: unknown): TranslatorSettings {
  const reading = parsePolicy(documentOf(policy), { cluster: '' });
  if (!reading.ok) throw new Error(reading.mistakes.map(({ reason }) => reason).join());
  return { ...defaultTranslatorSettings, policy: reading.policy };
}

type Options = Readonly<Record<string, string>>;

function service(name: string, createdAt: number, options: Options): ServiceRecord {
  const [namespace = '', own = ''] = name.split('/');
  return {
    ...{ namespace, name: own, createdAt, type: 'NodePort', ipFamilies: [] },
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map(
      Object.entries(options).map(([key, text]) => [`haproxy-kubefigurator.${key}`, text]),
    ),
    ports: [{ name: 'web', number: 80, protocol: 'TCP', nodePort: 30_080 }],
  };
}

const NODE = {
  name: 'worker-a',
  labels: new Map<string, string>(),
  addresses: [{ type: 'InternalIP', address: '10.1.0.11' }],
  taints: [],
  deleting: false,
};

interface Result {
  /** `<bind> <namespace>/<service> <hosts>`. */
  readonly served: readonly string[];
  readonly breaches: readonly string[];
  readonly others: readonly string[];
  readonly text: string;
}

function compile(
  policy: unknown,
  services: readonly ServiceRecord[],
  { before, labels }: { readonly before?: string; readonly labels?: Record<string, Options> } = {},
): Result {
  const namespaces = Object.entries(labels ?? {}).map(([name, own]) => ({
    name,
    labels: new Map(Object.entries(own)),
  }));
  const snapshot = { services, nodes: [NODE], namespaces };
  const settings = policy === undefined ? defaultTranslatorSettings : settingsWith(policy);
  const standing = before === undefined ? undefined : readStandingClaims(before);
  const { text, claims, diagnostics } = compileSnapshot(snapshot, settings, standing);
  const served = claims.binds.flatMap(({ address, port, holders }) =>
    holders.map(({ source, hosts }) =>
      [`${address}:${port}`, `${source.namespace}/${source.service}`, ...hosts.map(({ name }) => name)].join(
        ' ',
      ),
    ),
  );
  return {
    ...{ served, text },
    breaches: diagnostics.filter(({ code }) => code === 'policy-breach').map(({ message }) => message),
    others: diagnostics.filter(({ code }) => code !== 'policy-breach').map(({ code }) => code),
  };
}

const shopRule = (claims: object): unknown => ({
  rules: [{ name: 'shop', namespaces: ['shop'], ...claims }],
});
const asks = (options: Options): readonly ServiceRecord[] => [service('shop/web', 2020, options)];
const HOST = { hostname: 'shop.org' };

describe('a policy leaves out', () => {
  it.each<[string, object, Options, RegExp]>([
    ['a listen port', { listenPorts: [80] }, HOST, /rule "shop" doesn't allow the listen port 443, but 80;/],
    [
      'a port with TLS',
      { listenPorts: ['443/plain', '8443'] },
      HOST,
      /doesn't allow the listen port 443 with TLS, but 443\/plain, 8443;/,
    ],
    [
      'a port without TLS',
      { listenPorts: ['80', '443/tls'] },
      { ...HOST, 'use-ssl': 'false' },
      /doesn't allow the listen port 443 without TLS, but 80, 443\/tls;/,
    ],
    [
      'a tcp port without TLS',
      { listenPorts: ['443/tls'] },
      { 'haproxy-mode': 'tcp', 'use-ssl': 'false' },
      /doesn't allow the listen port 443 without TLS, but 443\/tls;/,
    ],
    ['a mode', { modes: ['http'] }, { 'haproxy-mode': 'tcp' }, /doesn't allow ports in tcp mode, but http;/],
    [
      'a certificate',
      { certificates: ['a.pem', 'team/'] },
      HOST,
      /certificate shop\.org\.pem, but a\.pem, team\/;/,
    ],
    ['every address', { addresses: ['10.0.0.0/8'] }, HOST, /listen address \*, but 10\.0\.0\.0\/8;/],
    [
      'an address',
      { addresses: [] },
      { ...HOST, 'listen-ip': '10.0.0.1' },
      /address 10\.0\.0\.1, but none at all;/,
    ],
    [
      'a host name',
      { hostNames: ['*.shop.org'] },
      HOST,
      /^this namespace can't have shop\.org: .* allows \*\.shop\.org;/,
    ],
    [
      'a port without names',
      { hostNames: ['shop.org'] },
      { 'ssl-certificate': 'a.pem' },
      /can't have the requests that no host name matches: /,
    ],
    ['binds', { maxBinds: 1 }, { ...HOST, 'listen-ip': '10.0.0.1,10.0.0.2' }, /allows a namespace 1 binds/],
    ['names', { maxHostNames: 1 }, { hostname: 'a.org,b.org' }, /allows a namespace 1 host names/],
  ])('%s', (_what, claims, options, expected) => {
    const { served, breaches, text } = compile(shopRule(claims), asks(options));
    expect(served).toEqual([]);
    expect(breaches).toEqual([expect.stringMatching(expected)]);
    expect(text).not.toContain('shop');
  });

  it('a listen address or a host name alone, if others are left', () => {
    const claims = { addresses: ['10.0.0.0/24'], hostNames: ['*.shop.org'] };
    const options = { hostname: 'evil.org,a.shop.org', 'listen-ip': '10.0.0.1,10.9.9.9' };
    const { served, breaches, text } = compile(shopRule(claims), asks(options));
    expect(served).toEqual(['10.0.0.1:443 shop/web a.shop.org']);
    expect(breaches).toEqual([expect.stringMatching(/address 10\.9\.9\.9, .*can't have evil\.org: /)]);
    expect(text).not.toMatch(/10\.9\.9\.9|evil\.org }/);
  });

  it('never turns a port without an allowed name into one that takes every request', () => {
    const { served } = compile(shopRule({ hostNames: ['*', 'a.org'] }), asks({ hostname: 'b.org' }));
    expect(served).toEqual([]);
  });

  it('nothing of a rule without limits', () => {
    expect(compile(shopRule({}), asks(HOST))).toMatchObject({
      served: ['*:443 shop/web shop.org'],
      breaches: [],
    });
  });

  it.each<[string, object, Options]>([
    ['* and every IPv4 address', { addresses: ['*'] }, { ...HOST, 'listen-ip': '*,10.0.0.1' }],
    [':: and every IPv6 address', { addresses: ['::'] }, { ...HOST, 'listen-ip': '::,2001:db8::1' }],
    [
      'a file in an allowed folder',
      { certificates: ['team/'] },
      { ...HOST, 'ssl-certificate': 'team/a.pem' },
    ],
    ['a wildcard that is listed', { hostNames: ['*.shop.org'] }, { hostname: '*.shop.org,*.eu.shop.org' }],
    ['what no name matches', { hostNames: ['*'] }, { 'ssl-certificate': 'a.pem' }],
  ])('not %s', (_what, claims, options) => {
    expect(compile(shopRule(claims), asks(options)).breaches).toEqual([]);
  });
});

describe('namespaces that no rule names', () => {
  it('have everything but the names of others without a default', () => {
    const policy = shopRule({ hostNames: ['*.shop.org', 'shop.com'] });
    const { served, breaches } = compile(policy, [
      service('blog/own', 2020, { hostname: 'blog.org', 'listen-port': '8443' }),
      service('blog/exact', 2020, { hostname: 'shop.com' }),
      service('blog/below', 2020, { hostname: 'a.b.shop.org' }),
      service('blog/above', 2020, { hostname: '*.org', 'listen-port': '8443' }),
      service('blog/beside', 2020, { hostname: 'shop.org', 'listen-port': '9443' }),
    ]);
    expect(served).toEqual(['*:8443 blog/own blog.org', '*:9443 blog/beside shop.org']);
    expect(breaches).toEqual([
      expect.stringMatching(/can't have \*\.org: \*\.shop\.org belongs to the policy's rule "shop"/),
      expect.stringMatching(/can't have a\.b\.shop\.org: \*\.shop\.org belongs to/),
      expect.stringMatching(/can't have shop\.com: shop\.com belongs to .* goes by the policy's default;/),
    ]);
  });

  it('have what its default says', () => {
    const policy = { default: { listenPorts: [80], hostNames: ['*.apps.org'] } };
    const plain = { 'listen-port': '80', 'use-ssl': 'false' };
    const { served } = compile(policy, [
      service('blog/web', 2020, { ...plain, hostname: 'blog.apps.org' }),
      service('blog/tls', 2020, { hostname: 'blog.apps.org' }),
      service('blog/other', 2020, { ...plain, hostname: 'blog.org' }),
    ]);
    expect(served).toEqual(['*:80 blog/web blog.apps.org']);
  });
});

describe('a rule by labels', () => {
  const policy = {
    rules: [
      { name: 'named', namespaces: ['shop'], listenPorts: [443] },
      { name: 'quiet', namespaceSelector: '!tier', listenPorts: [1] },
      { name: 'web', namespaceSelector: 'tier in (web,edge)', listenPorts: [2] },
      { name: 'edge', namespaceSelector: 'tier=edge', listenPorts: [3] },
    ],
    default: { listenPorts: [4] },
  };

  it.each([
    ['names go before labels', 'shop', { tier: 'web' }, 'named'],
    ['the first of several counts', 'a', { tier: 'edge' }, 'web'],
    ['a label that is absent counts', 'a', {}, 'quiet'],
    ['no label that matches is the default', 'a', { tier: 'db' }, 'default'],
  ])('%s', (_what, namespace, labels, expected) => {
    const asked = [service(`${namespace}/web`, 2020, { hostname: 'a.org', 'listen-port': '9' })];
    const { breaches } = compile(policy, asked, { labels: { [namespace]: labels } });
    expect(breaches[0]).toContain(expected === 'default' ? "policy's default" : `rule "${expected}"`);
  });

  it('never counts for a Namespace that is not known', () => {
    const asked = [service('a/web', 2020, { hostname: 'a.org', 'listen-port': '9' })];
    expect(compile(policy, asked).breaches[0]).toContain("policy's default");
  });
});

describe('a name that a policy gives to one namespace', () => {
  const policy = {
    rules: [
      { name: 'platform', namespaces: ['platform'], hostNames: ['*.org'] },
      { name: 'shop', namespaces: ['shop'], hostNames: ['shop.org', '*.shop.org'] },
    ],
  };
  const young = service('shop/web', 2024, { hostname: 'shop.org,a.shop.org' });

  it('is not taken by an older Service', () => {
    const { served, others } = compile(policy, [
      service('evil/web', 2020, { hostname: 'shop.org', 'listen-port': '80', 'use-ssl': 'false' }),
      young,
    ]);
    expect(served).toEqual(['*:443 shop/web shop.org a.shop.org']);
    expect(others).toEqual([]);
  });

  it('is not kept by one that stands published, nor reserved for it', () => {
    const old = service('evil/web', 2020, { hostname: 'shop.org,evil.com' });
    const before = compile(undefined, [old]).text;
    const { served, text } = compile(policy, [old, young], { before });
    expect(served).toEqual(['*:443 evil/web evil.com', '*:443 shop/web shop.org a.shop.org']);
    expect(text).not.toContain('# reserved');
  });

  it('is had below the wildcard of another rule, whoever is older', () => {
    const wildcard = service('platform/web', 2020, { hostname: '*.org' });
    const served = ['*:443 platform/web .org', '*:443 shop/web shop.org a.shop.org'];
    expect(compile(policy, [wildcard, young])).toMatchObject({ served, breaches: [], others: [] });
    const later = service('platform/web', 2025, { hostname: '*.org' });
    const { text } = compile(policy, [wildcard, young]);
    expect(compile(policy, [later, young], { before: text }).served).toHaveLength(2);
    expect(compile(policy, [later, young])).toMatchObject({ others: [] });
  });

  it('of a shared entry goes to the oldest, as without a policy', () => {
    const both = { rules: [{ name: 'both', namespaces: ['shop', 'blog'], hostNames: ['*.org'] }] };
    const { served, others } = compile(both, [
      service('blog/web', 2020, { hostname: '*.org' }),
      service('shop/web', 2021, { hostname: 'a.org' }),
    ]);
    expect(served).toEqual(['*:443 blog/web .org']);
    expect(others).toEqual(['conflict-host']);
  });
});

describe('numbers of a rule', () => {
  const policy = shopRule({ maxBinds: 1, maxHostNames: 2 });
  const web = service('shop/web', 2021, { hostname: 'a.org' });
  const second = service('shop/second', 2020, { hostname: 'b.org', 'listen-port': '8443' });

  it('count for a namespace, the oldest Service first', () => {
    expect(compile(policy, [web, second]).served).toEqual(['*:8443 shop/second b.org']);
  });

  it('count what stands published first', () => {
    const before = compile(policy, [web]).text;
    expect(compile(policy, [web, second], { before }).served).toEqual(['*:443 shop/web a.org']);
  });

  it('count each bind and name once', () => {
    const same = service('shop/other', 2022, { hostname: 'b.org' });
    expect(compile(policy, [web, same]).served).toHaveLength(2);
  });
});
