import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** How long a peer may send nothing after our connect call, in milliseconds. */
const HANDSHAKE_MS = 20_000;

/**
 * Destroys each TCP connection of this process to one of these ports, on any host, whose peer has sent nothing within the
 * limit; returns the function that ends this.
 * grpc-js never closes such a connection, not even with its channel: while etcd hangs, each try would leave one behind.
 */
export function guardHandshakes(ports: ReadonlySet<number>, limitMs: number = HANDSHAKE_MS): () => void {
  const onSocket = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    const timer = setTimeout(() => {
      if (socket.bytesRead === 0 && ports.has(socket.remotePort ?? 0)) socket.destroy();
    }, limitMs);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  };
  subscribe('net.client.socket', onSocket);
  return () => {
    unsubscribe('net.client.socket', onSocket);
  };
}
