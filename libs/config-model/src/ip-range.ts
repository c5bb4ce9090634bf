import ipaddr from 'ipaddr.js';
import type { IpAddress } from './ip.ts';

/** Why traffic to an address can't reach one other machine over a router, or must not. */
export type UnroutableRange =
  'unspecified' | 'loopback' | 'link-local' | 'multicast' | 'broadcast' | 'IPv4-compatible' | 'metadata';

/** Where clouds answer with credentials, beside the link-local addresses. */
const METADATA: ReadonlySet<string> = new Set([
  ...['100.100.100.200', '168.63.129.16', '192.0.0.192'],
  ...['fd00:ec2::254', 'fd20:ce::254'],
]);

/** By the names that ipaddr.js has for ranges. */
const UNROUTABLE: Readonly<Record<string, UnroutableRange>> = {
  unspecified: 'unspecified',
  loopback: 'loopback',
  linkLocal: 'link-local',
  multicast: 'multicast',
  broadcast: 'broadcast',
};

/**
 * IPv6 networks whose addresses have an IPv4 address in them, beginning at byte `at`: a translator or a 6to4 relay
 * leads to that IPv4 address.
 */
const EMBEDDING = [
  { network: ipaddr.IPv6.parseCIDR('64:ff9b::/96'), at: 12 },
  { network: ipaddr.IPv6.parseCIDR('::ffff:0:0:0/96'), at: 12 },
  { network: ipaddr.IPv6.parseCIDR('2002::/16'), at: 2 },
];
/** `::10.0.0.1`; RFC 4291 deprecates the form, and no router forwards to it. */
const IPV4_COMPATIBLE = ipaddr.IPv6.parseCIDR('::/96');

/** The range that makes an address useless to other machines, or a danger; undefined if it is one like any other. */
export function unroutableRange({ family, text }: IpAddress): UnroutableRange | undefined {
  if (METADATA.has(text)) return 'metadata';
  if (family === 'IPv4') return UNROUTABLE[ipaddr.IPv4.parse(text).range()];
  const address = ipaddr.IPv6.parse(text);
  const range = UNROUTABLE[address.range()];
  if (range !== undefined) return range;
  if (address.match(IPV4_COMPATIBLE)) return 'IPv4-compatible';
  const embedding = EMBEDDING.find(({ network }) => address.match(network));
  const embedded = embedding && address.toByteArray().slice(embedding.at, embedding.at + 4);
  return embedded && unroutableRange({ family: 'IPv4', text: new ipaddr.IPv4(embedded).toString() });
}
