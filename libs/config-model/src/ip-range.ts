import ipaddr from 'ipaddr.js';
import type { IpAddress } from './ip.ts';

/** Why a server may not have an address: routers can't deliver traffic for it to one certain machine, or must not. */
export type UnroutableRange =
  | 'unspecified'
  | 'loopback'
  | 'link-local'
  | 'multicast'
  | 'broadcast'
  | 'IPv4-compatible'
  | 'metadata'
  | 'local-use translation'
  | 'site-local'
  | 'discard-only'
  | 'dummy'
  | 'protocol assignment'
  | 'Teredo'
  | '6to4 relay'
  | 'segment routing';

/** Where clouds answer with credentials, beside the link-local addresses. */
const METADATA: ReadonlySet<string> = new Set([
  ...['100.100.100.200', '168.63.129.16', '192.0.0.192'],
  ...['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', 'fd00:42::42'],
]);

/**
 * Ranges by the names that ipaddr.js gives them. Others of its special ranges are in use: clouds give `240.0.0.0/4` to
 * nodes, and closed networks use the ranges for documentation, benchmarks and the NAT of carriers.
 */
const UNROUTABLE: Readonly<Record<string, UnroutableRange>> = {
  unspecified: 'unspecified',
  loopback: 'loopback',
  linkLocal: 'link-local',
  multicast: 'multicast',
  broadcast: 'broadcast',
};

/** Networks whose addresses belong to a protocol, or to nobody. */
const PROTOCOL_NETWORKS_V4 = [
  // RFC 6890: DS-Lite, the dummy address, anycast of PCP and TURN, NAT64 discovery.
  protocolNetwork(ipaddr.IPv4.parseCIDR('192.0.0.0/24'), 'protocol assignment'),
  // RFC 7526: whichever relay is nearest answers.
  protocolNetwork(ipaddr.IPv4.parseCIDR('192.88.99.0/24'), '6to4 relay'),
];
/** The first network with the address counts; without a range it is an exception to a later network. */
const PROTOCOL_NETWORKS_V6 = [
  // RFC 8215: the translator's owner decides where in it the IPv4 address stands.
  protocolNetwork(ipaddr.IPv6.parseCIDR('64:ff9b:1::/48'), 'local-use translation'),
  // RFC 3879: each site may have a machine with this address.
  protocolNetwork(ipaddr.IPv6.parseCIDR('fec0::/10'), 'site-local'),
  // RFC 6666: routers drop traffic to it.
  protocolNetwork(ipaddr.IPv6.parseCIDR('100::/64'), 'discard-only'),
  // RFC 9780: only a source of packets.
  protocolNetwork(ipaddr.IPv6.parseCIDR('100:0:0:1::/64'), 'dummy'),
  // RFC 4380: a client behind NAT, with the IPv4 address of the NAT in its own.
  protocolNetwork(ipaddr.IPv6.parseCIDR('2001::/32'), 'Teredo'),
  // RFC 5180: for benchmarks. RFC 7450 and 7535: anycast that the Internet routes.
  protocolNetwork(ipaddr.IPv6.parseCIDR('2001:2::/48'), undefined),
  protocolNetwork(ipaddr.IPv6.parseCIDR('2001:3::/32'), undefined),
  protocolNetwork(ipaddr.IPv6.parseCIDR('2001:4:112::/48'), undefined),
  // RFC 2928: anycast of PCP and TURN; ORCHID and the tags of drones, which identify something and can't be routed to.
  protocolNetwork(ipaddr.IPv6.parseCIDR('2001::/23'), 'protocol assignment'),
  // RFC 9602: identifiers of segments, which say what a router does with a packet.
  protocolNetwork(ipaddr.IPv6.parseCIDR('5f00::/16'), 'segment routing'),
];

function protocolNetwork<Network>(
  network: Network,
  range: UnroutableRange | undefined,
): { readonly network: Network; readonly range: UnroutableRange | undefined } {
  return { network, range };
}

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

/** The range that makes an address useless or dangerous as the target of traffic; undefined for any other address. */
export function unroutableRange({ family, text }: IpAddress): UnroutableRange | undefined {
  if (METADATA.has(text)) return 'metadata';
  return family === 'IPv4' ? rangeOfV4(ipaddr.IPv4.parse(text)) : rangeOfV6(ipaddr.IPv6.parse(text));
}

function rangeOfV4(address: ipaddr.IPv4): UnroutableRange | undefined {
  return (
    UNROUTABLE[address.range()] ?? PROTOCOL_NETWORKS_V4.find(({ network }) => address.match(network))?.range
  );
}

function rangeOfV6(address: ipaddr.IPv6): UnroutableRange | undefined {
  const range =
    UNROUTABLE[address.range()] ?? PROTOCOL_NETWORKS_V6.find(({ network }) => address.match(network))?.range;
  if (range !== undefined) return range;
  if (address.match(IPV4_COMPATIBLE)) return 'IPv4-compatible';
  const embedding = EMBEDDING.find(({ network }) => address.match(network));
  const embedded = embedding && address.toByteArray().slice(embedding.at, embedding.at + 4);
  return embedded && unroutableRange({ family: 'IPv4', text: new ipaddr.IPv4(embedded).toString() });
}
