import { join } from 'node:path';
import type { CertificateAuthority } from './certificates.ts';
import { addAddress, ipv6Beside, nodeAddress, NODES_NAMESPACE } from '../sandbox/network.ts';
import type { NodesMessage, NodesReply } from './nodes-protocol.ts';
import type { RunningProcess } from '../sandbox/processes.ts';
import { startProcess } from '../sandbox/processes.ts';
import { repositoryRoot } from '../sandbox/programs.ts';

/** A Kubernetes Node of the fleet: a name and an address that answers. */
export interface FleetNode {
  readonly name: string;
  readonly address: string;
  readonly ipv6: string;
}

/** The nodes' namespace with its echo server. */
export interface Nodes {
  readonly process: RunningProcess;
  list(): readonly FleetNode[];
  /** Adds a node with an address of its own. */
  add(name: string): Promise<FleetNode>;
  /** Opens node ports on every node. */
  listen(...ports: readonly number[]): Promise<void>;
  /** Opens node ports that speak nothing but plain http, as most Pods do. */
  listenPlain(...ports: readonly number[]): Promise<void>;
  /** Closes node ports: connections to them are refused from now on. */
  close(...ports: readonly number[]): Promise<void>;
}

/** Starts the echo server with the given nodes. */
export async function startNodes(
  names: readonly string[],
  where: { readonly logs: string; readonly authority: CertificateAuthority },
): Promise<Nodes> {
  const identity = await where.authority.issue(['nodes.test']);
  const server = startProcess({
    name: 'nodes',
    command: [process.execPath, '--import', 'tsx', join(repositoryRoot, 'test/support/fleet/echo-server.ts')],
    cwd: repositoryRoot,
    logs: where.logs,
    netns: NODES_NAMESPACE,
    env: { NODE_KEY: identity.key, NODE_CERT: identity.cert },
    channel: true,
  });
  const ask = createChannel(server);
  const nodes: FleetNode[] = [];
  const add = async (name: string): Promise<FleetNode> => {
    const address = nodeAddress(nodes.length + 1);
    const node = { name, address, ipv6: ipv6Beside(address) };
    nodes.push(node);
    await addAddress({ netns: NODES_NAMESPACE, device: 'eth0', address });
    await ask({ names: { [node.address]: name, [node.ipv6]: name } });
    return node;
  };
  for (const name of names) await add(name);
  return {
    process: server,
    list: () => nodes,
    add,
    listen: (...ports) => ask({ listen: ports }),
    listenPlain: (...ports) => ask({ listenPlain: ports }),
    close: (...ports) => ask({ close: ports }),
  };
}

/** Returns a function that sends a request to the echo server and rejects if that fails or the server ends. */
function createChannel(server: RunningProcess): (message: Omit<NodesMessage, 'id'>) => Promise<void> {
  const waiting = new Map<number, (reply: NodesReply) => void>();
  let lastId = 0;
  server.child.on('message', (reply: NodesReply) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  return (message) =>
    new Promise((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, ({ error }) => {
        if (error === undefined) resolve();
        else reject(new Error(`echo server: ${error}`));
      });
      void server.exited.then(() => {
        reject(new Error(`the echo server ended:\n${server.tail()}`));
      });
      server.child.send({ id: lastId, ...message });
    });
}
