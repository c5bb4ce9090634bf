import { connect as connectHttp2 } from 'node:http2';
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

/** Sends one request over HTTP/2. */
export function askOverHttp2(target: Target, authority: string): Promise<Reached> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2('https://unused', {
      createConnection: () => connectTls({ ...tlsOptions(target), ALPNProtocols: ['h2'] }),
    });
    session.on('error', reject);
    const stream = session.request({ ':authority': authority, ':path': '/' });
    let text = '';
    stream.on('data', (chunk) => (text += String(chunk)));
    stream.on('error', reject);
    stream.on('end', () => {
      session.destroy();
      resolve(JSON.parse(text) as Reached);
    });
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
