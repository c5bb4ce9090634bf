import { connect as connectHttp2 } from 'node:http2';
import type { OutgoingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import type { Reached } from './answering-servers.ts';

const LIMIT_MS = 5000;

export interface Target {
  /** Default 127.0.0.1. */
  readonly address?: string;
  readonly port: number;
  /** The SNI name, or `none` for TLS without SNI; absent means plain text. */
  readonly sni?: string | 'none';
}

/** An answer; its status is 0 if none came. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  /** The server's report, if the request reached a server. */
  readonly reached?: Reached;
}

/** Sends exactly these header lines, so that a Host can have any spelling; never throws. */
export async function askWith(target: Target, ...lines: readonly string[]): Promise<RawAnswer> {
  const request = [`GET / HTTP/1.1`, ...lines, 'Connection: close', '', ''].join('\r\n');
  const text = await exchange(target, request).catch((error: unknown) => String(error));
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d+)/.exec(head)?.[1] ?? '0');
  return status === 200
    ? { status, text, reached: JSON.parse(unchunked(body)) as Reached }
    : { status, text };
}

/** Sends a request with this Host; never throws. */
export function askFor(target: Target, host: string): Promise<RawAnswer> {
  return askWith(target, `Host: ${host}`);
}

/** Sends a text and returns everything until the other side closes. */
export async function exchange(target: Target, request: string): Promise<string> {
  const socket = await open(target);
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setTimeout(LIMIT_MS, () =>
      socket.destroy(new Error(`no end within ${String(LIMIT_MS)} ms: ${text}`)),
    );
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(text);
    });
    socket.end(request);
  });
}

/** Makes a handshake; returns the common name of the served certificate and the ALPN protocol. */
export async function handshake(
  target: Target,
  offered: readonly string[] = [],
): Promise<{ readonly certificate: string; readonly alpn: string | false | null }> {
  const socket = (await open({ sni: 'none', ...target }, offered)) as TLSSocket;
  const { subject } = socket.getPeerCertificate();
  const alpn = socket.alpnProtocol;
  socket.destroy();
  return { certificate: String(subject.CN), alpn };
}

/** One request over HTTP/2. */
export async function askOverHttp2(target: Target, authority: string): Promise<Reached> {
  const { reached } = await askHttp2(target, { ':authority': authority, ':path': '/' });
  if (reached === undefined) throw new Error(`no server answered for ${authority}`);
  return reached;
}

/** Makes a call as a gRPC client does; `grpcStatus` is from the trailers of the answer. */
export function callGrpc(target: Target, authority: string): Promise<Http2Answer> {
  const path = { ':method': 'POST', ':path': '/shop.Cart/Add', 'content-type': 'application/grpc' };
  return askHttp2(target, { ':authority': authority, te: 'trailers', ...path }, '\0\0\0\0\0');
}

export interface Http2Answer {
  readonly status: number;
  readonly grpcStatus?: string;
  readonly reached?: Reached;
}

function askHttp2(target: Target, headers: OutgoingHttpHeaders, body?: string): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    const { address: host = '127.0.0.1', port, sni } = target;
    const session = connectHttp2(sni === undefined ? 'http://unused' : 'https://unused', {
      createConnection: () =>
        sni === undefined
          ? connect({ host, port })
          : connectTls({ ...tlsOptions(target), ALPNProtocols: ['h2'] }),
    });
    session.on('error', reject);
    const stream = session.request(headers, { endStream: body === undefined });
    let answer: Http2Answer = { status: 0 };
    let text = '';
    stream.on('response', ({ ':status': status = 0 }) => (answer = { ...answer, status }));
    stream.on(
      'trailers',
      (trailers) => (answer = { ...answer, grpcStatus: String(trailers['grpc-status']) }),
    );
    stream.on('data', (chunk) => (text += String(chunk)));
    stream.on('error', reject);
    stream.on('close', () => {
      session.destroy();
      resolve(answer.status === 200 ? { ...answer, reached: JSON.parse(text) as Reached } : answer);
    });
    if (body !== undefined) stream.end(body);
  });
}

function open(target: Target, offered: readonly string[] = []): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { address = '127.0.0.1', port, sni } = target;
    const opened: Socket =
      sni === undefined
        ? connect({ host: address, port }, () => {
            resolve(opened);
          })
        : connectTls({ ...tlsOptions(target), ALPNProtocols: [...offered] }, () => {
            resolve(opened);
          });
    opened.once('error', reject);
  });
}

/** Without verification: the tests check the certificate themselves. */
function tlsOptions({ address = '127.0.0.1', port, sni }: Target): object {
  const name = sni === undefined || sni === 'none' ? {} : { servername: sni };
  return { host: address, port, rejectUnauthorized: false, ...name };
}

function unchunked(body: string): string {
  return body.startsWith('{') ? body : body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1);
}
