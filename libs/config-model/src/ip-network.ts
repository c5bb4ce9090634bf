import ipaddr from 'ipaddr.js';
import type { IpAddress, IpFamily } from './ip.ts';
import { parseIp } from './ip.ts';

/** All addresses that begin with the same bits. */
export interface IpNetwork {
  readonly family: IpFamily;
  /** Its first address and the length of the prefix: `10.1.0.0/16`. */
  readonly text: string;
}

const CIDR = /^([0-9A-Fa-f:.]{2,45})\/(0|[1-9]\d{0,2})$/;
/** IPv6 writes IPv4 addresses below `::ffff:0:0/96`: the length of such a network counts these bits, too. */
const MAPPED_BITS = 96;

/** Reads `10.1.0.0/16` or `2001:db8::/48`; undefined if bits behind the prefix are set, and for any other text. */
export function parseNetwork(text: string): IpNetwork | undefined {
  const [, address = '', digits = ''] = CIDR.exec(text) ?? [];
  const ip = parseIp(address);
  if (ip === undefined) return undefined;
  const isMapped = ip.family === 'IPv4' && address.includes(':');
  return networkOf(ip, Number(digits) - (isMapped ? MAPPED_BITS : 0));
}

function networkOf({ family, text }: IpAddress, length: number): IpNetwork | undefined {
  if (length < 0 || length > (family === 'IPv4' ? 32 : 128)) return undefined;
  const network = { family, text: `${text}/${length}` };
  return firstAddress(network) === text ? network : undefined;
}

/** The address that the network begins with. */
function firstAddress({ family, text }: IpNetwork): string {
  return family === 'IPv4'
    ? ipaddr.IPv4.networkAddressFromCIDR(text).toString()
    : ipaddr.IPv6.networkAddressFromCIDR(text).toRFC5952String();
}

/** True if the address is one of the network; an address of the other family never is. */
export function isInNetwork({ family, text }: IpAddress, network: IpNetwork): boolean {
  if (family !== network.family) return false;
  return family === 'IPv4'
    ? ipaddr.IPv4.parse(text).match(ipaddr.IPv4.parseCIDR(network.text))
    : ipaddr.IPv6.parse(text).match(ipaddr.IPv6.parseCIDR(network.text));
}
