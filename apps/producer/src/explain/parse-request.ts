import { type IpAddress, parseIp } from '@kubefigurator/config-model';
import type { Parsed } from '@kubefigurator/daemon';

/** What a client asks for, as far as HAProxy's rules look at it. */
export interface Request {
  /** Without user, password and path: no rule looks at them. */
  readonly url: string;
  /** As HAProxy compares it: in lower case, without a port and a last dot; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** The address that the client connects to; undefined if the URL has a name. */
  readonly address: IpAddress | undefined;
}

const DEFAULT_PORTS = { 'https:': 443, 'http:': 80 } as const;

/** Reads the URL of a request, which has to begin with https:// or http://. */
export function parseRequestUrl(text: string): Parsed<Request> {
  if (!/^https?:\/\//i.test(text))
    return { reason: 'is not a request: write https:// or http://, a host name, and perhaps a port' };
  if (!URL.canParse(text)) return { reason: 'is not a URL' };
  const { protocol, hostname, port: written } = new URL(text);
  const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  if (host.includes('*'))
    return { reason: 'has a wildcard: a client asks for one name, such as a.example.com' };
  const tls = protocol === 'https:';
  const port = written === '' ? DEFAULT_PORTS[tls ? 'https:' : 'http:'] : Number(written);
  if (port === 0) return { reason: 'has port 0, to which nobody connects' };
  const url = `${protocol}//${hostname}${written === '' ? '' : `:${written}`}`;
  return { value: { url, host, port, tls, address: parseIp(host) } };
}
