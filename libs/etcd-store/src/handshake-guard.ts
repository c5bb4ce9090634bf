import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** A peer that hasn't said a byte for this long after we connected never will, in milliseconds. */
const HANDSHAKE_MS = 20_000;

/**
 * Destroys connections to these ports on which the peer never said anything; gives the way to stop.
 * grpc-js keeps such a connection for ever, even when its channel is closed: one for each try while etcd hangs.
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
