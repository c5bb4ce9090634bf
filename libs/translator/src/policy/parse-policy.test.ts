import { describe, expect, it } from 'vitest';
import type { Policy } from '../snapshot/policy.ts';
import { documentOf } from './document.ts';
import { parsePolicy } from './parse-policy.ts';

function mistakesOf(document: unknown, cluster = ''): string[] {
  const reading = parsePolicy(documentOf(document), { cluster });
  return reading.ok ? [] : reading.mistakes.map(({ reason }) => reason);
}

function policyOf(document: unknown, cluster = ''): Policy {
  const reading = parsePolicy(documentOf(document), { cluster });
  if (!reading.ok) throw new Error(reading.mistakes.map(({ reason }) => reason).join());
  return reading.policy;
}

const SHOP = { name: 'shop', namespaces: ['shop'] };

describe('a policy', () => {
  it('gives each namespace the rule that names it', () => {
    const { byNamespace, fallback } = policyOf({
      rules: [{ ...SHOP, namespaces: ['shop', 'pay'], listenPorts: ['80/plain', '443/tls', '8000-8999'] }],
      default: { maxBinds: 0 },
    });
    expect([...byNamespace.keys()]).toEqual(['shop', 'pay']);
    expect(byNamespace.get('pay')).toEqual({
      name: 'shop',
      listenPorts: [
        { from: 80, to: 80, tls: 'none' },
        { from: 443, to: 443, tls: 'required' },
        { from: 8000, to: 8999 },
      ],
    });
    expect(fallback).toEqual({ name: 'default', maxBinds: 0 });
  });

  it('has host names in the form of claims, with the name of the cluster', () => {
    const { grants, below } = policyOf(
      { rules: [{ ...SHOP, hostNames: ['CLUSTER.Example.com', '*.shop.org', '*'] }] },
      'nyc1',
    );
    expect([...grants.keys()]).toEqual(['nyc1.example.com', '.shop.org', '*']);
    expect([...below.keys()]).toEqual(['.example.com', '.com', '.org']);
  });

  it('allows everything to namespaces that no rule names if it has no default', () => {
    expect(policyOf({ rules: [] }).fallback).toEqual({ name: 'default' });
  });
});

describe('a mistake refuses the policy: ', () => {
  it.each<[unknown, string]>([
    [null, 'a policy must be a mapping, not nothing'],
    [[], 'a policy must be a mapping, not a list'],
    [{}, 'the policy has neither rules nor default, and would allow everything'],
    [{ rule: [] }, 'a policy has no field "rule": did you mean rules?'],
    [{ rules: {} }, 'rules must be a list, not a mapping'],
    [{ rules: ['shop'] }, 'rules holds "shop", but each rule must be a mapping'],
    [{ rules: [{ ...SHOP, listenPort: [] }] }, 'a rule has no field "listenPort": did you mean listenPorts?'],
    [{ rules: [{ ...SHOP, x: 1 }] }, 'a rule has no field "x": the fields are name, namespaces, '],
    [{ default: { namespaces: [] } }, 'default has no field "namespaces": the fields are addresses, '],
    [{ rules: [{ namespaces: ['a'] }] }, 'the rule has no name'],
    [{ rules: [{ ...SHOP, name: 'a\u001b[31m' }] }, 'the name of a rule must be at most 63 letters'],
    [{ rules: [{ ...SHOP, name: 'default' }] }, 'the name "default" is taken'],
    [{ rules: [SHOP, { ...SHOP, namespaces: ['b'] }] }, 'the name "shop" is taken: give each rule its own'],
    [
      { rules: [SHOP, { name: 'b', namespaces: ['shop'] }] },
      'namespaces holds "shop", which is in the rule "shop" already',
    ],
    [{ rules: [{ ...SHOP, namespaces: ['Shop'] }] }, 'namespaces holds "Shop", which is no namespace'],
    [{ rules: [{ name: 'a' }] }, 'the rule "a" has neither namespaces nor namespaceSelector'],
    [{ rules: [{ name: 'a', namespaceSelector: '' }] }, 'namespaceSelector is empty'],
    [{ rules: [{ name: 'a', namespaceSelector: 'a=b=c' }] }, 'namespaceSelector holds "a=b=c"'],
    [
      { rules: [{ name: 'a', namespaceSelector: { tier: 'web' } }] },
      'namespaceSelector must be a text such as',
    ],
    [
      { default: { addresses: ['10.0.0.1/24'] } },
      'addresses holds "10.0.0.1/24", which is no address, network or range without bits',
    ],
    [{ default: { addresses: '*' } }, 'addresses must be a list, not "*"'],
    [{ default: { listenPorts: [0] } }, 'listenPorts holds "0", which is neither a port from 1 to 65535'],
    [{ default: { listenPorts: ['90-80'] } }, 'listenPorts holds "90-80"'],
    [{ default: { listenPorts: ['443/'] } }, 'listenPorts holds "443/", which has something else than tls'],
    [{ default: { listenPorts: ['443/ssl'] } }, 'listenPorts holds "443/ssl", which has something else'],
    [{ default: { listenPorts: ['443/tls/plain'] } }, 'listenPorts holds "443/tls/plain", which is neither'],
    [{ default: { listenPorts: ['/tls'] } }, 'listenPorts holds "/tls", which is neither a port'],
    [
      { default: { listenPorts: ['443/tls', '1-65535'] } },
      'listenPorts holds 1-65535 and 443/tls, which say different things about one port',
    ],
    [
      { default: { listenPorts: ['1-90', '80', '85-99/plain'] } },
      'listenPorts holds 1-90 and 85-99/plain, which say different things',
    ],
    [{ default: { listenPorts: ['80/tls', '80/plain'] } }, 'listenPorts holds 80/tls and 80/plain, which'],
    [{ default: { listenPorts: [true] } }, 'listenPorts holds true, but each item must be a text'],
    [{ default: { modes: ['udp'] } }, 'modes holds "udp", which is no mode'],
    [
      { default: { hostNames: ['https://shop.org'] } },
      'hostNames holds "https://shop.org", which is no host name',
    ],
    [{ default: { hostNames: ['a.org,b.org'] } }, 'hostNames holds "a.org,b.org", which is no host name'],
    [{ default: { hostNames: ['*shop.org'] } }, 'hostNames holds "*shop.org"'],
    [{ default: { hostNames: ['CLUSTER.org'] } }, 'holds CLUSTER: start the producer with --cluster'],
    [
      { default: { certificates: ['../a.pem'] } },
      'certificates holds "../a.pem", which must be a file below',
    ],
    [{ default: { maxBinds: -1 } }, 'maxBinds must be a whole number from 0 on, not -1'],
    [{ default: { maxHostNames: '5' } }, 'maxHostNames must be a whole number from 0 on, not "5"'],
    [{ default: { hostNames: Array.from({ length: 1001 }, () => 'a.org') } }, 'hostNames has 1001 items'],
  ])('%j', (document, expected) => {
    const [first = ''] = mistakesOf(document);
    expect(first).toContain(expected);
    expect(first).toMatch(/^[\x20-\x7e]*$/);
  });

  it('names all of them, in the order of lines', () => {
    expect(mistakesOf({ rules: [{ name: 'a', x: 1 }], default: { maxBinds: 'x' } })).toHaveLength(3);
  });
});
