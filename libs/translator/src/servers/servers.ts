import type { IpFamily } from '@kubefigurator/config-model';
import type { Intent, Server } from '../intent/intent.ts';
import type { NodePool } from './pooled-node.ts';
import { nodeAddressIn } from './pooled-node.ts';

/** Gives the servers of a backend. */
export type ServersOf = (intent: Intent) => readonly Server[];

/** Finds the servers of intents. It throws for endpoints: no snapshot has them yet, and no dialect asks for them. */
export function createServers(nodes: NodePool): ServersOf {
  const addressesOf = createAddresses(nodes);
  return ({ servers, source }: Intent): readonly Server[] => {
    switch (servers.kind) {
      case 'nodes':
        return addressesOf(servers.families).map(({ name, address }) => ({
          name,
          address,
          port: servers.nodePort,
        }));
      case 'static':
      case 'standing':
        return servers.servers;
      case 'endpoints':
        throw new Error(
          `${source.namespace}/${source.service} asks for endpoints, and the snapshot holds none`,
        );
    }
  };
}

interface NodeAddress {
  readonly name: string;
  readonly address: string;
}

/** The nodes with an address of these families, looked up once for all Services that ask for the same ones. */
function createAddresses(nodes: NodePool): (families: readonly IpFamily[]) => readonly NodeAddress[] {
  const found = new Map<string, readonly NodeAddress[]>();
  return (families) => {
    const key = families.join();
    const known = found.get(key);
    if (known !== undefined) return known;
    const addresses = nodes.flatMap((node) => {
      const address = nodeAddressIn(node, families);
      return address === undefined ? [] : [{ name: node.name, address }];
    });
    found.set(key, addresses);
    return addresses;
  };
}
