import { describe, expect, it } from 'vitest';
import type { Intent } from '../intent/intent.ts';
import type { ServiceLimits } from '../snapshot/limits.ts';
import { defaultServiceLimits } from '../snapshot/limits.ts';
import { limitIntents } from './limit.ts';
import { sizeOfPort } from './size.ts';

interface Asked {
  readonly hosts?: readonly string[];
  readonly addresses?: readonly string[];
  readonly service?: string;
}

function intent(
  port: string,
  { hosts = ['a.test'], addresses = ['*'], service = 'web' }: Asked = {},
): Intent {
  return {
    source: { namespace: 'shop', service, port },
    mode: 'http',
    bind: { addresses: { kind: 'addresses', addresses }, port: 443 },
    hosts: hosts.map((name) => ({ match: 'exact', name })),
    tls: undefined,
    backend: { balance: ['roundrobin'], tls: undefined, directives: [] },
    servers: { kind: 'nodes', families: ['IPv4'], nodePort: 30_080 },
  };
}

function ports(
  intents: readonly Intent[],
  limits: Partial<ServiceLimits>,
  published: readonly string[] = [],
  nodes = 1,
): { readonly kept: readonly string[]; readonly messages: readonly string[] } {
  const { intents: kept, diagnostics } = limitIntents(intents, {
    limits: { ...defaultServiceLimits, ...limits },
    nodes,
    standsPublished: ({ source }) => published.includes(source.port),
  });
  return {
    kept: kept.map(({ source }) => `${source.service} ${source.port}`),
    messages: diagnostics.map(({ object, message }) => `${object.name}: ${message}`),
  };
}

describe('a Service within its limits', () => {
  it('is served whole', () => {
    const intents = [intent('a'), intent('b'), intent('c')];
    expect(ports(intents, { ports: 3, hostNames: 1, listenAddresses: 1 })).toEqual({
      kept: ['web a', 'web b', 'web c'],
      messages: [],
    });
  });

  it('is served whole beside one that is over its limits', () => {
    const intents = [intent('a', { service: 'big' }), intent('b', { service: 'big' }), intent('a')];
    expect(ports(intents, { ports: 1 }).kept).toEqual(['big a', 'web a']);
  });
});

describe('a Service over a limit', () => {
  it('keeps the ports that come first', () => {
    const intents = ['a', 'b', 'c', 'd', 'e', 'f'].map((port) => intent(port));
    expect(ports(intents, { ports: 2 })).toEqual({
      kept: ['web a', 'web b'],
      messages: [
        'web: the Service has 6 ports, and one Service may have 2 (--max-ports-per-service): ports c, d, e and 1 more are left out; spread them over several Services',
      ],
    });
  });

  it('keeps the ports that stand published, wherever they are in the order', () => {
    const intents = ['a', 'b', 'c'].map((port) => intent(port));
    expect(ports(intents, { ports: 2 }, ['c']).kept).toEqual(['web a', 'web c']);
  });

  it('counts listen addresses and host names over all ports, each once', () => {
    const intents = [
      intent('a', { hosts: ['a.test', 'b.test'], addresses: ['10.0.0.1'] }),
      intent('b', { hosts: ['a.test', 'c.test'], addresses: ['10.0.0.1'] }),
      intent('c', { hosts: ['b.test'], addresses: ['10.0.0.2'] }),
    ];
    expect(ports(intents, { hostNames: 3, listenAddresses: 2 }).kept).toHaveLength(3);
    expect(ports(intents, { hostNames: 2 }).kept).toEqual(['web a', 'web c']);
    expect(ports(intents, { listenAddresses: 1 }).kept).toEqual(['web a', 'web b']);
  });

  it('has one diagnostic for each exceeded limit, with the total that the Service asks for', () => {
    const intents = [
      intent('a', { hosts: ['a.test', 'b.test'] }),
      intent('b', { hosts: ['c.test', 'd.test'] }),
      intent('c'),
      intent('d'),
    ];
    expect(ports(intents, { hostNames: 3, ports: 2 }).messages).toEqual([
      expect.stringContaining('has 4 host names, and one Service may have 3') as string,
      expect.stringContaining('has 4 ports, and one Service may have 2') as string,
    ]);
  });

  it('leaves out ports with too much text', () => {
    const one = sizeOfPort(intent('a'));
    const intents = ['a', 'b'].map((port) => intent(port));
    expect(ports(intents, { lines: one.lines }).kept).toEqual(['web a']);
    expect(ports(intents, { lines: 2 * one.lines }).kept).toHaveLength(2);
    expect(ports(intents, { characters: 2 * one.characters - 1 }).kept).toEqual(['web a']);
  });

  it('leaves out ports with too many servers, over all Nodes', () => {
    const intents = ['a', 'b', 'c'].map((port) => intent(port));
    expect(ports(intents, { servers: 100 }, [], 50)).toEqual({
      kept: ['web a', 'web b'],
      messages: [
        'web: the Service has 150 servers, and one Service may have 100 (--max-servers-per-service): port c is left out; spread them over several Services',
      ],
    });
  });

  it('counts what options add to the line of each server', () => {
    const name = 'n'.repeat(200);
    const withName = (port: string): Intent => ({
      ...intent(port),
      backend: { balance: ['roundrobin'], tls: { verify: 'none', name }, directives: [] },
    });
    const intents = ['a', 'b', 'c'].map(withName);
    // Some 450 characters on each of 1,000 lines.
    expect(ports(intents, {}, [], 1_000).kept).toEqual(['web a', 'web b']);
    expect(ports(intents, {}, [], 500).kept).toHaveLength(3);
    expect(ports([intent('a'), intent('b'), intent('c')], {}, [], 10_000).kept).toHaveLength(3);
  });

  it('loses no published port to a new Node, and gets no new port', () => {
    const intents = ['a', 'b', 'c', 'd'].map((port) => intent(port));
    expect(ports(intents, { servers: 100 }, ['a', 'b', 'c'], 50).kept).toEqual(['web a', 'web b', 'web c']);
  });

  it('has the same ports and messages again once the ports that were kept are published', () => {
    const intents = [1, 30, 5, 20, 3, 7].map((count, index) =>
      intent(`p${index}`, { hosts: Array.from({ length: count }, (_, each) => `h${each}.p${index}.test`) }),
    );
    const once = ports(intents, { hostNames: 35 });
    const published = once.kept.map((name) => name.slice('web '.length));
    expect(ports(intents, { hostNames: 35 }, published)).toEqual(once);
  });
});
