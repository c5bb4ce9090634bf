import type { Intent, Server } from '../intent/intent.ts';
import type { NodePools } from './pooled-node.ts';
import { addressIn } from './pooled-node.ts';

/** The servers of a backend. The snapshot holds no EndpointSlices yet, and no dialect asks for endpoints. */
export function serversOf({ servers, source }: Intent, nodes: NodePools): readonly Server[] {
  switch (servers.kind) {
    case 'nodes':
      return nodes.flatMap((node) => {
        const address = addressIn(node, servers.families);
        return address === undefined ? [] : [{ name: node.name, address, port: servers.nodePort }];
      });
    case 'static':
      return servers.servers;
    case 'endpoints':
      throw new Error(
        `${source.namespace}/${source.service} asks for endpoints, and the snapshot holds none`,
      );
  }
}
