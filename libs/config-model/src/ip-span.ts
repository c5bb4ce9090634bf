import ipaddr from 'ipaddr.js';
import { parseIp } from './ip.ts';
import { parseNetwork } from './ip-network.ts';

/** Addresses from a first to a last one, both included, of one family. */
export interface IpSpan {
  /** As `ipOrder` gives them. */
  readonly first: string;
  readonly last: string;
  /** As people write it: `10.0.0.1`, `10.0.0.0/24` or `10.0.0.5-10.0.0.9`. */
  readonly text: string;
}

/** Reads an address, a network or `<first>-<last>`; undefined for any other text, and if the last is before the first. */
export function parseIpSpan(text: string): IpSpan | undefined {
  const network = parseNetwork(text);
  if (network !== undefined) return spanOfNetwork(network.text);
  const [from = '', to = from, ...rest] = text.split('-');
  const [first, last] = [parseIp(from), parseIp(to)];
  if (first === undefined || last === undefined || rest.length > 0) return undefined;
  const [low, high] = [orderOf(first.text), orderOf(last.text)];
  if (first.family !== last.family || low > high) return undefined;
  return { first: low, last: high, text: low === high ? first.text : `${first.text}-${last.text}` };
}

/** A text by which addresses compare as numbers, all of IPv4 before all of IPv6; undefined if it is no address. */
export function ipOrder(text: string): string | undefined {
  const ip = parseIp(text);
  return ip === undefined ? undefined : orderOf(ip.text);
}

/** True if the span has the address; `order` is what `ipOrder` gives for it. */
export function isInSpan(order: string, { first, last }: IpSpan): boolean {
  return first <= order && order <= last;
}

function orderOf(address: string): string {
  const bytes = ipaddr.parse(address).toByteArray();
  return (
    (bytes.length === 4 ? '4:' : '6:') + bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  );
}

function spanOfNetwork(text: string): IpSpan {
  const isIpv4 = !text.includes(':');
  const last = isIpv4
    ? ipaddr.IPv4.broadcastAddressFromCIDR(text)
    : ipaddr.IPv6.broadcastAddressFromCIDR(text);
  const [first = ''] = text.split('/');
  return { first: orderOf(first), last: orderOf(last.toString()), text };
}
