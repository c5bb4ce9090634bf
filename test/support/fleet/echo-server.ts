/**
 * Every node of the fleet: one process in the nodes' namespace that listens on node ports at all node addresses
 * and answers with the name of the node whose address got the request. The first bytes select TLS, HTTP or plain TCP.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { EchoAnswer, NodesMessage, NodesReply } from './nodes-protocol.ts';

const names = new Map<string, string>();
const listeners = new Map<number, Server>();
const plain = createHttpServer({ keepAliveTimeout: 120_000 }, answer);
plain.on('upgrade', upgrade);
const overTls = createTlsServer(
  { key: process.env['NODE_KEY'], cert: process.env['NODE_CERT'] },
  (socket) => {
    sniff(socket);
  },
);
overTls.on('tlsClientError', () => undefined);

/** What an answer says of the connection; `port` is the node port. */
function describe(socket: Socket): { node: string; port: number; from: string; tls: boolean } {
  const address = (socket.localAddress ?? '').replace(/^::ffff:/, '');
  return {
    node: names.get(address) ?? '',
    port: socket.localPort ?? 0,
    from: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    tls: 'encrypted' in socket,
  };
}

/** Passes the connection to the server for its protocol; that reads the first bytes again. */
function sniff(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  socket.once('data', (first: Buffer) => {
    socket.pause();
    socket.unshift(first);
    // A TLS record of the type handshake begins with 0x16, and an HTTP request with a method in capitals.
    if (first[0] === 0x16) overTls.emit('connection', socket);
    else if (/^[A-Z]+ \S/.test(first.subarray(0, 20).toString('latin1'))) plain.emit('connection', socket);
    else speakPlainly(socket);
    process.nextTick(() => socket.resume());
  });
}

/** Plain TCP: sends one line that names the node and the port, then echoes. */
function speakPlainly(socket: Socket): void {
  const { node, port } = describe(socket);
  socket.write(`${node} ${String(port)}\n`);
  socket.pipe(socket);
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://node');
  const body: EchoAnswer = {
    ...describe(request.socket),
    host: request.headers.host ?? '',
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
  };
  response.setHeader('content-type', 'application/json');
  response.setHeader('x-node', body.node);
  const line = `${JSON.stringify(body)}\n`;
  if (pathname === '/stream') return stream(response, line, Number(searchParams.get('ms') ?? '1000'));
  request.resume().on('end', () => response.end(line));
}

/** Sends a long answer: the same line every 100 ms, for `ms` milliseconds. */
function stream(response: ServerResponse, line: string, ms: number): void {
  const end = performance.now() + ms;
  const timer = setInterval(() => {
    if (performance.now() < end) return void response.write(line);
    clearInterval(timer);
    response.end(line);
  }, 100);
  response.on('close', () => {
    clearInterval(timer);
  });
}

/** Answers a websocket's handshake, then sends the node's name and echoes, without websocket frames. */
function upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
  const key = request.headers['sec-websocket-key'] ?? '';
  // The constant of RFC 6455, section 1.3.
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const headers = ['Connection: Upgrade', 'Upgrade: websocket', `Sec-WebSocket-Accept: ${accept}`];
  socket.on('error', () => socket.destroy());
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join('\r\n')}\r\n\r\n`);
  socket.write(`${describe(socket).node}\n`);
  socket.write(head);
  socket.pipe(socket);
}

function listen(port: number, accept = sniff): Promise<void> {
  const server = createServer(accept);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '::', backlog: 1024 }, () => {
      listeners.set(port, server);
      resolve();
    });
  });
}

async function listenAll(ports: readonly number[], accept?: (socket: Socket) => void): Promise<void> {
  for (const port of ports) if (!listeners.has(port)) await listen(port, accept);
}

/** Does what the harness asks, in the order of the fields. */
async function obey(message: NodesMessage): Promise<void> {
  for (const [address, name] of Object.entries(message.names ?? {})) names.set(address, name);
  await listenAll(message.listen ?? []);
  await listenAll(message.listenPlain ?? [], (socket) => plain.emit('connection', socket));
  for (const port of message.close ?? []) {
    listeners.get(port)?.close();
    listeners.delete(port);
  }
}

process.on('message', (message: NodesMessage) => {
  const reply = (error?: string): void => {
    const body: NodesReply = error === undefined ? { id: message.id } : { id: message.id, error };
    process.send?.(body);
  };
  obey(message).then(
    () => {
      reply();
    },
    (error: unknown) => {
      reply(String(error));
    },
  );
});
