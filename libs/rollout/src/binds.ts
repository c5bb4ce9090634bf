import type { ConfigSection, ConfigText, LineWords, SourceRef } from '@kubefigurator/config-model';
import { uniqueSources } from './blame.ts';

/** One address and port a text listens on. */
export interface BindPoint {
  /** IPv4 or IPv6 address; `0.0.0.0` and `::` stand for every address of their family. */
  readonly host: string;
  readonly port: number;
  /** For `::`: true where IPv4 is left out. */
  readonly v6only: boolean;
  /** HAProxy may bind an address this host doesn't have (`transparent`). */
  readonly transparent: boolean;
  readonly sources: readonly SourceRef[];
  /** Name of the frontend or listen section. */
  readonly section: string;
}

/** A TCP socket that listens on this host, as the kernel lists it. */
export interface Listener {
  readonly host: string;
  readonly port: number;
}

const MAX_PORTS_IN_RANGE = 65_535;

/** Every TCP address and port the `bind` lines of a text ask for, in the order of the text. */
export function bindPoints(config: ConfigText): BindPoint[] {
  return config.sections
    .filter((section) => section.keyword === 'frontend' || section.keyword === 'listen')
    .flatMap((section) =>
      section.lines.filter((line) => line.words[0] === 'bind').flatMap((line) => ofLine(section, line)),
    );
}

function ofLine(section: ConfigSection, line: ConfigSection['lines'][number]): BindPoint[] {
  const flags = {
    section: section.name,
    transparent: line.words.includes('transparent'),
    sources: uniqueSources([...section.head.sources, ...line.sources]),
  };
  return (line.words[1] ?? '').split(',').flatMap((address) => ofAddress(address, line, flags));
}

function ofAddress(
  address: string,
  line: LineWords,
  flags: Pick<BindPoint, 'transparent' | 'sources' | 'section'>,
): BindPoint[] {
  const match = /^(?:(ipv4|ipv6|tcp|tcp4|tcp6)@)?(.*?):?(\d+)(?:-(\d+))?$/.exec(address);
  if (match === null) return [];
  const [, family = '', text = '', first = '', last = first] = match;
  const host = hostOf(text.replace(/^\[(.*)\]$/, '$1'), family, line);
  const count = Math.min(Number(last) - Number(first), MAX_PORTS_IN_RANGE) + 1;
  const v6only = host === '::' && !line.words.includes('v4v6');
  return Array.from({ length: Math.max(count, 0) }, (_, index) => ({
    host,
    port: Number(first) + index,
    v6only,
    ...flags,
  }));
}

/** HAProxy takes an empty address and `*` for every IPv4 address, unless the family says IPv6 (manual, section 4.2 "bind"). */
function hostOf(text: string, family: string, line: LineWords): string {
  if (text === '' || text === '*') {
    return family.endsWith('6') || line.words.includes('v4v6') ? '::' : '0.0.0.0';
  }
  return text;
}

/** The bind points of the candidate that the running text doesn't have. */
export function newBindPoints(running: ConfigText | undefined, candidate: ConfigText): BindPoint[] {
  const known = new Set(running === undefined ? [] : bindPoints(running).map(pointKey));
  return bindPoints(candidate).filter((point) => {
    const key = pointKey(point);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
}

function pointKey(point: BindPoint): string {
  return `${point.host} ${point.port} ${point.v6only}`;
}

/** True where both would take connections to one address and port. */
export function overlaps(
  a: Listener & { readonly v6only?: boolean },
  b: Listener & { readonly v6only?: boolean },
): boolean {
  if (a.port !== b.port) return false;
  return a.host === b.host || covers(a, b.host) || covers(b, a.host);
}

function covers(wide: Listener & { readonly v6only?: boolean }, host: string): boolean {
  const isV6 = host.includes(':');
  if (wide.host === '0.0.0.0') return !isV6;
  return wide.host === '::' && (isV6 || wide.v6only !== true);
}

/** The bind as HAProxy writes it, for messages. */
export function formatBind(point: Pick<BindPoint, 'host' | 'port'>): string {
  return point.host === '0.0.0.0'
    ? `*:${point.port}`
    : point.host.includes(':')
      ? `[${point.host}]:${point.port}`
      : `${point.host}:${point.port}`;
}
