import type { Row } from './row.ts';
import { BINDS } from './row.ts';

/** Nodes. */
export const NODES: readonly Row[] = [
  {
    says: "A server's address is the Node's first of --node-address-type, by default InternalIP, then ExternalIP.",
    goldens: 'nodes-external nodes-address-type nodes-first-of-type nodes-order',
  },
  {
    says: "A server's address is never loopback, unspecified, link-local, multicast or broadcast: such an address is passed over.",
    goldens: 'nodes-unusable-ipv4 nodes-unusable-ipv6 nodes-unusable-embedded nodes-bad-address',
    tests: ['libs/translator/src/servers/usable-address.test.ts › is passed over'],
  },
  {
    says: "A server's address is of the first of the Service's IP families that the node has, IPv4 when absent.",
    goldens:
      'nodes-ipv6 nodes-both-families nodes-first-of-type nodes-dual-first-missing nodes-dual-first-unusable nodes-dual-mixed',
    tests: [`${BINDS} › reaches the nodes at addresses of the first IP family of the Service`],
  },
  {
    says: 'A node without an address that can be used is left out with a warning.',
    goldens: 'nodes-without-address nodes-unneeded-family nodes-unusable-all nodes-dual-neither',
  },
  {
    says: 'With --node-network only addresses in these networks become servers; a node without any is left out with a warning.',
    goldens: 'nodes-network',
    tests: ['test/contract/view.test.ts › only addresses of --node-network become servers'],
  },
  {
    says: 'Two Nodes with one address: both become servers, each with a warning.',
    goldens: 'nodes-shared-address nodes-shared-address-dual',
  },
  {
    says: 'A Service without any server is an error of its own.',
    goldens: 'no-server-unusable no-nodes-unusable',
  },
  {
    says: 'No Node at all is an error, and exit code 1 of apply.',
    goldens: 'nodes-none no-nodes-selector no-nodes-excluded no-nodes-unusable',
    tests: ['test/contract/producer.test.ts › publish what serves nobody, and exit 1'],
  },
  {
    says: 'A node that is excluded by its label, that the autoscaler will delete (taint), or that is being deleted is left out.',
    goldens: 'nodes-excluded',
  },
  {
    says: 'A node that does not match --node-selector is left out.',
    goldens: 'nodes-selector',
    tests: ['libs/translator/src/snapshot/node-selector.test.ts › parseNodeSelector'],
  },
  { says: 'NotReady and cordoned nodes are kept.', goldens: 'nodes-kept' },
  {
    says: 'Changes of heartbeats, conditions and images trigger no pass.',
    tests: [
      'apps/producer/src/cluster/records/normalize.test.ts › is the same record after a heartbeat',
      'apps/producer/src/cluster/api/reflector.test.ts › reports no change if only the resource version of an object differs',
    ],
  },
];
