import type { Complaint } from '../diagnostics/diagnostics.ts';
import { quoteUserText } from '../diagnostics/quote.ts';
import { suggestWord } from '../diagnostics/suggest.ts';

/** One value of `appProtocol` that is honoured. */
export interface AppProtocol {
  readonly name: string;
  /** Whether servers speak TLS if `backends-use-ssl` doesn't say. */
  readonly serverTls: boolean;
  /** Whether servers speak HTTP/2, without an upgrade from HTTP/1.1. */
  readonly http2: boolean;
  /** What people write instead, for suggestions; it isn't honoured, since other programs may mean something else by it. */
  readonly alike: readonly string[];
  readonly doc: string;
}

/** All values that are honoured: those of Kubernetes, and of IANA's names those that HAProxy's http mode can serve. */
export const APP_PROTOCOLS: readonly AppProtocol[] = [
  {
    name: 'http',
    serverTls: false,
    http2: false,
    alike: ['http/1.1', 'http1'],
    doc: 'HTTP/1.1 without TLS to the servers',
  },
  {
    name: 'https',
    serverTls: true,
    http2: false,
    alike: ['tls', 'ssl'],
    doc: 'HTTP/1.1 over TLS to the servers',
  },
  {
    name: 'kubernetes.io/h2c',
    serverTls: false,
    http2: true,
    alike: ['h2c', 'h2', 'http2', 'grpc'],
    doc: 'HTTP/2 to the servers, as gRPC needs it, without TLS; with `backends-use-ssl: "true"`, HTTP/2 over TLS',
  },
  {
    name: 'kubernetes.io/ws',
    serverTls: false,
    http2: false,
    alike: ['ws', 'websocket'],
    doc: 'WebSocket without TLS to the servers',
  },
  {
    name: 'kubernetes.io/wss',
    serverTls: true,
    http2: false,
    alike: ['wss', 'websockets'],
    doc: 'WebSocket over TLS to the servers',
  },
];

/** The row of a value; undefined if it isn't honoured. */
export function findAppProtocol(text: string): AppProtocol | undefined {
  return APP_PROTOCOLS.find(({ name }) => name === text);
}

/** The warning about a value that isn't honoured, on an http port. */
export function unknownAppProtocol(text: string): Complaint {
  const names = APP_PROTOCOLS.map(({ name }) => name);
  const word = text.toLowerCase().replace(/^kubernetes\.io\//, '');
  const alike = APP_PROTOCOLS.find((row) => row.alike.includes(word))?.name;
  const meant = alike ?? suggestWord(text, names);
  const advice = meant === undefined ? `known are ${names.join(', ')}` : `did you mean ${meant}?`;
  return {
    code: 'unsupported-field',
    message: `appProtocol is ${quoteUserText(text)}, which isn't known, and the port is served as HTTP/1.1; ${advice}`,
  };
}
