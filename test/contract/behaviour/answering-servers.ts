import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { createSecureServer as createSecureHttp2Server, createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** A server's report on a request that reached it. */
export interface Reached {
  readonly node: string;
  readonly nodePort: number;
  readonly host: string | undefined;
  /** `X-Forwarded-Proto` as it arrived. */
  readonly proto: string | undefined;
  /** The SNI name; absent without TLS or without SNI. */
  readonly sni?: string;
}

export interface ServerSpec {
  /** Address of the node it answers for. */
  readonly address: string;
  readonly nodePort: number;
  /** `tcp` sends a line with node and port, then what it gets; `h2c` and `h2` speak HTTP/2 only, and answer gRPC. */
  readonly speaks: 'http' | 'https' | 'h2c' | 'h2' | 'tcp';
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Servers in this process, each at its own address and node port. */
export interface AnsweringServers {
  listen(...specs: readonly ServerSpec[]): Promise<void>;
  /** Closes all servers and their connections. */
  close(): Promise<void>;
}

/** Creates the servers of one test. */
export function createAnsweringServers(): AnsweringServers {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  return {
    listen: async (...specs) => {
      for (const spec of specs) {
        const server = create(spec);
        server.on('connection', (socket: Socket) => {
          sockets.add(socket);
          socket.on('error', () => socket.destroy());
          socket.on('close', () => sockets.delete(socket));
        });
        server.on('tlsClientError', () => undefined);
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen({ port: spec.nodePort, host: spec.address }, resolve);
        });
        servers.push(server);
      }
    },
    close: async () => {
      const closed = servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

function create(spec: ServerSpec): Server {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    response.end(JSON.stringify(describe(spec, request)));
  };
  const upgrade = (request: IncomingMessage, socket: Duplex): void => {
    const head =
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';
    socket.end(`${head}${JSON.stringify(describe(spec, request))}`);
  };
  const answerStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    const host = headers[':authority'] ?? headers.host;
    const request = { headers: { ...headers, ...(typeof host === 'string' && { host }) } };
    stream.end(JSON.stringify(describe(spec, { ...request, socket: stream.session?.socket })));
  };
  switch (spec.speaks) {
    case 'http':
      return createHttpServer({ requireHostHeader: false }, answer).on('upgrade', upgrade);
    case 'https':
      return createHttpsServer({ ...spec.tls }, answer).on('upgrade', upgrade);
    case 'h2c':
      return createHttp2Server().on('stream', answerStream);
    case 'h2':
      return createSecureHttp2Server({ ...spec.tls }).on('stream', answerStream);
    case 'tcp':
      return createTcpServer(spec);
  }
}

function createTcpServer(spec: ServerSpec): Server {
  return createServer((socket) => {
    socket.write(`${spec.address} ${String(spec.nodePort)}\n`);
    socket.pipe(socket);
  });
}

interface Request {
  readonly headers: IncomingHttpHeaders;
  readonly socket: unknown;
}

function describe(spec: ServerSpec, { headers, socket }: Request): Reached {
  const sni = (socket as Partial<TLSSocket> | undefined)?.servername;
  return {
    node: spec.address,
    nodePort: spec.nodePort,
    host: headers.host,
    proto: headers['x-forwarded-proto']?.toString(),
    ...(typeof sni === 'string' && { sni }),
  };
}
