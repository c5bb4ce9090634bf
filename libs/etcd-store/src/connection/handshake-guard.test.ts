import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { guardHandshakes } from './handshake-guard.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(greeting: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (greeting !== '') socket.write(greeting);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  await once(socket, 'connect');
  return socket;
}

it('destroys only the connection to a guarded port on which the peer sent nothing', async () => {
  const [silent, speaking, foreign] = [await serve(''), await serve('hello'), await serve('')];
  const release = guardHandshakes(new Set([silent, speaking]), 100);
  const [first, second, third] = [await open(speaking), await open(foreign), await open(silent)];
  await once(third, 'close');
  expect([first.destroyed, second.destroyed, third.destroyed]).toEqual([false, false, true]);
  release();
  for (const socket of [first, second]) socket.destroy();
});
