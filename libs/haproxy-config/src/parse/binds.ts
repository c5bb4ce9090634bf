import type { SourceRef } from '@kubefigurator/config-model';
import { parseIp, uniqueSources } from '@kubefigurator/config-model';
import type { ConfigLine, ConfigSection, ConfigText } from './config-text.ts';
import { sectionKey } from './config-text.ts';

/** One address and TCP port a text listens on. */
export interface BindPoint {
  /** IPv4 or IPv6 address in its one spelling; `0.0.0.0` and `::` stand for every address of their family. */
  readonly host: string;
  readonly port: number;
  /** True for a `::` that takes no IPv4 connections. */
  readonly v6only: boolean;
  /** True if HAProxy may bind the address although this host doesn't have it. */
  readonly transparent: boolean;
  readonly sources: readonly SourceRef[];
  /** Keyword and name of the section. */
  readonly section: string;
  /** The address as it stands on the `bind` line, one of those that commas separate. */
  readonly word: string;
}

/** A TCP socket that listens on this host, as the kernel lists it. */
export interface Listener {
  readonly host: string;
  readonly port: number;
}

/**
 * Every TCP address and port the `bind` lines of a text ask for, in the order of the text, at most `limit`.
 * Host names and UDP are not among them.
 */
export function bindPoints(config: ConfigText, limit = Number.POSITIVE_INFINITY): BindPoint[] {
  const points: BindPoint[] = [];
  for (const section of config.sections) {
    if (section.keyword !== 'frontend' && section.keyword !== 'listen') continue;
    for (const line of section.lines.filter((each) => each.words[0] === 'bind')) {
      points.push(...pointsOfLine(section, line, limit - points.length));
      if (points.length >= limit) return points;
    }
  }
  return points;
}

function pointsOfLine(section: ConfigSection, line: ConfigLine, limit: number): BindPoint[] {
  const flags = {
    section: sectionKey(section),
    transparent: line.words.includes('transparent'),
    sources: uniqueSources([...section.head.sources, ...line.sources]),
  };
  const points: BindPoint[] = [];
  for (const word of (line.words[1] ?? '').split(',')) {
    const range = parseBind(word, line);
    if (range === undefined) continue;
    for (let port = range.first; port <= range.last; port += 1) {
      if (points.length >= limit) return points;
      points.push({ host: range.host, port, v6only: range.v6only, word, ...flags });
    }
  }
  return points;
}

/** What one word of a `bind` line means: an address, and the ports from the first to the last one. */
interface BindRange {
  readonly host: string;
  readonly v6only: boolean;
  readonly first: number;
  readonly last: number;
}

/** Address family, host, and a port or a range of ports; the colon may be missing before a port alone. */
const BIND = /^(?:(ipv4|ipv6|tcp|tcp4|tcp6)@)?([^@]*?):?(\d{1,5})(?:-(\d{1,5}))?$/;
const LONGEST_BIND = 320;

/** Undefined for what isn't an IP address with TCP ports. */
function parseBind(word: string, line: ConfigLine): BindRange | undefined {
  const match = word.length > LONGEST_BIND ? null : BIND.exec(word);
  if (match === null) return undefined;
  const [, family = '', text = '', first = '', last = first] = match;
  const host = hostOf(text.replace(/^\[(.*)\]$/, '$1'), family);
  if (host === undefined) return undefined;
  // Without either keyword the kernel decides; Linux takes IPv4 on `::` too (net.ipv6.bindv6only, 0 by default).
  const v6only = host === '::' && line.words.includes('v6only') && !line.words.includes('v4v6');
  return { host, v6only, first: Number(first), last: Number(last) };
}

/**
 * HAProxy takes an empty address and `*` for every IPv4 address, also with `v4v6`, unless the address family is IPv6
 * (manual, section 4.2 "bind"). Undefined for a host name.
 */
function hostOf(text: string, family: string): string | undefined {
  if (text !== '' && text !== '*') return parseIp(text)?.text;
  return family.endsWith('6') ? '::' : '0.0.0.0';
}

/** The bind points of the candidate that the running text doesn't have, each once. */
export function newBindPoints(running: ConfigText | undefined, candidate: ConfigText): BindPoint[] {
  const known = new Set(running === undefined ? [] : bindPoints(running).map(bindPointKey));
  return bindPoints(candidate).filter((point) => {
    const key = bindPointKey(point);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
}

/** Equal for two points on which HAProxy would listen with one socket. */
export function bindPointKey(point: BindPoint): string {
  return `${point.host} ${point.port} ${point.v6only}`;
}

/** True if both would take connections to one address and port. */
export function doBindPointsOverlap(
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
  if (point.host === '0.0.0.0') return `*:${point.port}`;
  return point.host.includes(':') ? `[${point.host}]:${point.port}` : `${point.host}:${point.port}`;
}
