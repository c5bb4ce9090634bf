import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { BRIDGE_ADDRESS } from './network.ts';

/**
 * An HTTP proxy that only tunnels (method CONNECT), like the one by which a company's machines reach the internet.
 */
export interface ConnectProxy {
  /** `host:port` */
  readonly address: string;
  /** The targets that were asked for since the last call, as `host:port`. */
  taken(): readonly string[];
  close(): Promise<void>;
}

export interface ConnectProxySpec {
  /** `user:password` that it asks for. */
  readonly credentials?: string;
  /** The status that it answers to each request instead of connecting. */
  readonly refuse?: number;
  /** The address that it listens on; by default the bridge's. */
  readonly host?: string;
}

export async function startConnectProxy({
  credentials,
  refuse,
  host: ownAddress = BRIDGE_ADDRESS,
}: ConnectProxySpec = {}): Promise<ConnectProxy> {
  let targets: string[] = [];
  const open = new Set<Socket>();
  const expected = credentials === undefined ? undefined : `Basic ${btoa(credentials)}`;
  const server = createServer((_request, response) => response.writeHead(400).end());
  server.on('connect', (request, client: Socket) => {
    open.add(client);
    client.on('error', () => client.destroy());
    const isDenied = expected !== undefined && request.headers['proxy-authorization'] !== expected;
    const status = isDenied ? 407 : refuse;
    if (status !== undefined) return client.end(`HTTP/1.1 ${String(status)} No\r\n\r\n`);
    const target = request.url ?? '';
    targets.push(target);
    // `host:port`; an IPv6 address is in brackets.
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(target) ?? [];
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client);
      client.pipe(upstream);
    });
    open.add(upstream);
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, ownAddress, resolve));
  return {
    address: `${ownAddress}:${String((server.address() as AddressInfo).port)}`,
    taken: () => {
      const asked = targets;
      targets = [];
      return asked;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
