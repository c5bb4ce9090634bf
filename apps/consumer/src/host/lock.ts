import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import type { Server } from 'node:net';
import { connect, createServer } from 'node:net';

/** Held until released or until the process ends, however it ends. */
export interface Lock {
  readonly release: () => Promise<void>;
}

const ANSWER_TIMEOUT_MS = 1_000;

/**
 * Takes the one lock of a state folder; a second taker learns who holds it.
 * It is an abstract socket (unix(7)), which the kernel frees with its process: there is no stale lock to judge.
 */
export async function takeLock(folder: string, holder: string): Promise<Lock | { readonly heldBy: string }> {
  const name = `\0kubefigurator-consumer:${createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')}`;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(holder);
  });
  try {
    await listen(server, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return { heldBy: await askHolder(name) };
  }
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function askHolder(path: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ path });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
    socket.on('data', (chunk) => (answer += chunk.toString('utf8')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer === '' ? 'another process' : answer));
  });
}
