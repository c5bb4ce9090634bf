import { formatAddressPort, parseIp } from './ip.ts';
import type { SourceRef } from './source.ts';

/** A bind, and perhaps host names on it, that is kept for a source that isn't served there at the moment. */
export interface Reservation {
  readonly source: SourceRef;
  /** As HAProxy writes it: `*`, `10.0.0.1`, `2001:db8::1`, `::`. */
  readonly address: string;
  readonly port: number;
  readonly mode: 'http' | 'tcp';
  readonly tls: boolean;
  /**
   * Host names, a wildcard as its suffix with the leading dot, or `*` for every request that no other host matches; none
   * if the bind is kept without a host.
   */
  readonly hosts: readonly string[];
}

const NAME = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const RESERVED = new RegExp(
  `^# reserved: (?<namespace>${NAME})/(?<service>${NAME}) port: (?<port>${NAME}) bind: (?<bind>\\S{3,48}) mode: (?<mode>http|tcp) tls: (?<tls>on|off)(?: host: (?<hosts>\\S{1,65536}))?$`,
);
const BIND = /^(\*|[0-9.]{7,15}|\[[0-9a-f:.]{2,45}\]):([1-9]\d{0,4})$/;
const HOST = /^(?:\*|\.?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)$/;
const LAST_PORT = 65_535;

/** The comment line of a reservation; consumers ignore it. */
export function formatReservation({ source, address, port, mode, tls, hosts }: Reservation): string {
  const { namespace, service } = source;
  const start = `# reserved: ${namespace}/${service} port: ${source.port} bind: ${formatAddressPort(address, port)}`;
  return `${start} mode: ${mode} tls: ${tls ? 'on' : 'off'}${hosts.length === 0 ? '' : ` host: ${hosts.join(',')}`}`;
}

/** Reads a line written by {@link formatReservation}; any other line gives undefined. */
export function parseReservation(line: string): Reservation | undefined {
  const groups = RESERVED.exec(line)?.groups;
  const { bind = '', hosts: hostList } = groups ?? {};
  const addressPort = parseBindWord(bind);
  const hosts = hostList?.split(',') ?? [];
  if (groups === undefined || addressPort === undefined || !hosts.every(isHostWord)) return undefined;
  return {
    source: sourceOf(groups),
    ...addressPort,
    mode: groups['mode'] === 'tcp' ? 'tcp' : 'http',
    tls: groups['tls'] === 'on',
    hosts,
  };
}

function sourceOf({ namespace = '', service = '', port = '' }: Readonly<Record<string, string>>): SourceRef {
  return { namespace, service, port };
}

/**
 * Reads one address and port as our text writes them: `*:443`, `10.0.0.1:443`, `[2001:db8::1]:443`; undefined for
 * another spelling.
 */
export function parseBindWord(word: string): { readonly address: string; readonly port: number } | undefined {
  const match = BIND.exec(word);
  if (match === null) return undefined;
  const [, text = '', digits = ''] = match;
  const address = text === '*' ? '*' : parseIp(text.replace(/^\[(.*)\]$/, '$1'))?.text;
  const port = Number(digits);
  if (address === undefined || address === '0.0.0.0' || port > LAST_PORT) return undefined;
  return formatAddressPort(address, port) === word ? { address, port } : undefined;
}

/** True for a host name as our text writes it, in lower case: `a.example.com`, `.example.com` for a wildcard, or `*`. */
export function isHostWord(host: string): boolean {
  return host.length <= 256 && HOST.test(host);
}
