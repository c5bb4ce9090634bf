import ipaddr from 'ipaddr.js';

export type IpFamily = 'IPv4' | 'IPv6';

/** An address in the one spelling the product uses: dotted decimal, or RFC 5952 for IPv6. */
export interface IpAddress {
  readonly family: IpFamily;
  readonly text: string;
}

const OCTET = '(?:0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])';
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);
const IPV6_SHAPE = /^[0-9a-fA-F:]*:[0-9a-fA-F:]*$/;
/** The longest spelling: six groups with an IPv4 tail. */
const LONGEST = 45;

/**
 * Reads an address as strictly as `inet_pton` does: IPv4 without leading zeros and short forms, IPv6 without a zone.
 * An IPv6 address that stands for an IPv4 one (`::ffff:10.0.0.1`) is that IPv4 address. Anything else gives undefined.
 */
export function parseIp(text: string): IpAddress | undefined {
  if (text.length > LONGEST) return undefined;
  return IPV4.test(text) ? { family: 'IPv4', text } : parseIpv6(text);
}

function parseIpv6(text: string): IpAddress | undefined {
  const groups = withoutIpv4Tail(text);
  if (groups === undefined || !IPV6_SHAPE.test(groups) || !ipaddr.IPv6.isValid(groups)) return undefined;
  const address = ipaddr.IPv6.parse(groups);
  if (address.isIPv4MappedAddress()) return { family: 'IPv4', text: address.toIPv4Address().toString() };
  return { family: 'IPv6', text: address.toRFC5952String() };
}

/** `::ffff:10.0.0.1` as `::ffff:a00:1`: the IPv4 tail is checked here, since ipaddr.js also accepts other spellings of it. */
function withoutIpv4Tail(text: string): string | undefined {
  if (!text.includes('.')) return text;
  const start = text.lastIndexOf(':') + 1;
  const tail = text.slice(start);
  if (!IPV4.test(tail)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
  return `${text.slice(0, start)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/** `address:port` as HAProxy and URLs write it, IPv6 in brackets. */
export function formatAddressPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
