import { describe, expect, it } from 'vitest';
import { parseNetwork } from '@kubefigurator/config-model';
import { parseNodeSelector } from '../snapshot/node-selector.ts';
import { defaultTranslatorSettings } from '../snapshot/settings.ts';
import type { NodeRecord } from '../snapshot/snapshot.ts';
import { countServingNodes, judgeNodeAddresses, poolNodes, whyExcluded } from './nodes.ts';

const node: NodeRecord = { name: 'a', labels: new Map(), addresses: [], taints: [], deleting: false };
const selector = parseNodeSelector('role=edge');
const settings = { ...defaultTranslatorSettings, nodeSelector: selector.ok ? selector.value : [] };
const edge = new Map([['role', 'edge']]);

describe('whyExcluded', () => {
  it.each<[string, Partial<NodeRecord>, RegExp]>([
    ['it is being deleted', { deleting: true }, /deleted/],
    [
      'a label excludes it',
      { labels: new Map([['node.kubernetes.io/exclude-from-external-load-balancers', '']]) },
      /label/,
    ],
    ['the autoscaler removes it', { taints: ['ToBeDeletedByClusterAutoscaler'] }, /taint/],
    ['the selector does not match', { labels: new Map() }, /--node-selector/],
  ])('when %s', (_when, change, reason) => {
    const excluded = { ...node, labels: edge, ...change };
    expect(whyExcluded(excluded, settings)).toMatch(reason);
    expect(countServingNodes([excluded], settings)).toBe(0);
  });

  it('is undefined for a Node that takes traffic, also with another taint', () => {
    const taking = { ...node, labels: edge, taints: ['node.kubernetes.io/not-ready'] };
    expect(whyExcluded(taking, settings)).toBeUndefined();
    expect(countServingNodes([taking], settings)).toBe(1);
  });
});

describe('judgeNodeAddresses', () => {
  const addresses = [
    { type: 'Hostname', address: 'a' },
    { type: 'ExternalIP', address: '192.0.2.1' },
    { type: 'InternalIP', address: 'fe80::1' },
    { type: 'InternalIP', address: '10.1.0.1' },
    { type: 'InternalIP', address: '10.1.0.2' },
    { type: 'ExternalIP', address: '2001:db8::1' },
  ];
  const judge = (networks: readonly string[] = []): string[] =>
    judgeNodeAddresses(
      { ...node, addresses },
      { ...settings, nodeNetworks: networks.flatMap((text) => parseNetwork(text) ?? []) },
    ).map(({ address, verdict }) => `${address} ${verdict}`);

  it('tries the preferred type first, and uses one of each family', () => {
    expect(judge()).toEqual([
      'fe80::1 unusable',
      '10.1.0.1 used',
      '10.1.0.2 spare',
      '192.0.2.1 spare',
      '2001:db8::1 used',
      'a other-type',
    ]);
  });

  it('uses the first in --node-network', () => {
    expect(judge(['192.0.2.0/24'])).toContain('192.0.2.1 used');
    expect(judge(['192.0.2.0/24'])).toContain('10.1.0.1 unusable');
  });

  it('agrees with the addresses that servers get', () => {
    const { nodes } = poolNodes([{ ...node, labels: edge, addresses }], [], settings);
    expect(nodes).toMatchObject([{ addresses: { IPv4: '10.1.0.1', IPv6: '2001:db8::1' } }]);
  });
});
