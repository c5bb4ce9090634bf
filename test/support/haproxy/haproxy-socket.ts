import { connect } from 'node:net';

/** Sends one command to one of HAProxy's sockets; half-closes the connection, because the master waits for that. */
export function askSocket(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true, timeout: 5000 });
    let reply = '';
    socket.on('data', (chunk) => (reply += String(chunk)));
    socket.on('timeout', () => socket.destroy(new Error(`${path}: no reply`)));
    socket.on('error', reject);
    socket.on('end', () => {
      socket.destroy();
      resolve(reply);
    });
    socket.end(`${command}\n`);
  });
}
