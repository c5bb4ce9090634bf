import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { BRIDGE_ADDRESS } from '../../support/sandbox/network.ts';

/** A TCP proxy on the bridge, whose connections a test can break in several ways. */
export interface Link {
  readonly port: number;
  /** Number of connections opened so far. */
  opened(): number;
  /** Resets every open connection; new ones work. */
  cut(): void;
  /** Resets every open and every new connection, until `mend`. */
  block(): void;
  /** Stops all data on the open connections without closing them (half-open); new ones work. */
  freeze(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Starts a link to a server. */
export async function startLink(targetUrl: string): Promise<Link> {
  const { hostname, port } = new URL(targetUrl);
  const pairs = new Set<readonly [Socket, Socket]>();
  let opened = 0;
  let blocked = false;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    opened += 1;
    if (blocked) return void socket.resetAndDestroy();
    const pair = [socket, connect({ port: Number(port), host: hostname, allowHalfOpen: true })] as const;
    const [, upstream] = pair;
    pairs.add(pair);
    socket.pipe(upstream);
    upstream.pipe(socket);
    for (const side of pair) {
      side.on('error', () => undefined);
      side.on('close', () => {
        pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, BRIDGE_ADDRESS, resolve));
  const cut = (): void => {
    for (const [socket, upstream] of pairs) {
      socket.resetAndDestroy();
      upstream.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    opened: () => opened,
    cut,
    block: () => {
      blocked = true;
      cut();
    },
    freeze: () => {
      for (const [socket, upstream] of pairs) {
        for (const side of [socket, upstream]) side.unpipe().pause();
      }
    },
    mend: () => {
      blocked = false;
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
