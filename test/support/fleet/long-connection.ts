import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Question } from './request.ts';

/** A long-lived connection, plain TCP or upgraded like a websocket, whose other end echoes. */
export interface LongConnection {
  /** The node at its other end. */
  readonly node: string;
  /** Sends a line and returns the line that comes back; rejects if the connection is closed. */
  echo(line: string): Promise<string>;
  close(): void;
}

/** Opens an HTTP connection and upgrades it like a websocket; rejects if the answer is another one than 101. */
export async function openUpgraded(question: Question): Promise<LongConnection> {
  const { address, port, host } = question;
  const headers = {
    host,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  };
  const sent = request({ host: address, port, headers, agent: false });
  const { socket, head } = await new Promise<{ socket: Socket; head: Buffer }>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      reject(new Error(`no upgrade: status ${String(response.statusCode)}`));
    });
    sent.on('upgrade', (_response, upgraded: Socket, first: Buffer) => {
      resolve({ socket: upgraded, head: first });
    });
    sent.end();
  });
  const nextLine = createLineReader(socket, head);
  return speakOver(socket, { node: await nextLine(), nextLine });
}

/** Opens a plain connection to a Service in tcp mode. */
export async function openTcp(address: string, port: number): Promise<LongConnection> {
  const socket = connect({ host: address, port });
  const nextLine = createLineReader(socket, Buffer.alloc(0));
  socket.write('hello\n');
  // The node answers the first bytes with its name and port, and then echoes them.
  const [node = ''] = (await nextLine()).split(' ');
  await nextLine();
  return speakOver(socket, { node, nextLine });
}

function speakOver(
  socket: Socket,
  { node, nextLine }: { readonly node: string; readonly nextLine: () => Promise<string> },
): LongConnection {
  return {
    node,
    echo: (line) => {
      socket.write(`${line}\n`);
      return nextLine();
    },
    close: () => {
      socket.destroy();
    },
  };
}

/**
 * Returns a function that gives the next line; it rejects once the connection has ended and no whole line is left.
 * `head` is what was received already.
 */
function createLineReader(socket: Socket, head: Buffer): () => Promise<string> {
  let received = String(head);
  let ended: Error | undefined;
  const waiting: (() => void)[] = [];
  const wake = (): void => {
    waiting.splice(0).forEach((check) => {
      check();
    });
  };
  const end = (error: Error): void => {
    ended ??= error;
    wake();
  };
  socket.on('data', (chunk) => {
    received += String(chunk);
    wake();
  });
  socket.on('error', end);
  socket.on('close', () => {
    end(new Error('the connection was closed'));
  });
  return () =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const [line, ...rest] = received.split('\n');
        if (rest.length > 0) {
          received = rest.join('\n');
          resolve(line ?? '');
        } else if (ended !== undefined) reject(ended);
        else waiting.push(check);
      };
      check();
    });
}
