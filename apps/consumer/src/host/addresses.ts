import { networkInterfaces } from 'node:os';
import { parseIp, sortedUnique } from '@kubefigurator/config-model';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** A balancer may have hundreds of addresses; the first ones are enough to find it. */
const MOST_REACHABLE = 8;
/** Link-local addresses, IPv4 and IPv6. */
const LINK_LOCAL = /^(169\.254\.|fe80:)/i;

/** The first addresses under which other machines can reach this one; empty if they can't be read. */
export function localAddresses(list: () => Interfaces = networkInterfaces): readonly string[] {
  const reachable = Object.values(readInterfaces(list))
    .flatMap((each) => each ?? [])
    .filter(({ internal, address }) => !internal && !LINK_LOCAL.test(address))
    .map(({ address }) => address);
  return [...new Set(reachable)].slice(0, MOST_REACHABLE);
}

/**
 * Every address of this host's interfaces, loopback included, in canonical order and without zones
 * (`%eth0`); empty if they can't be read.
 */
export function ownAddresses(list: () => Interfaces = networkInterfaces): readonly string[] {
  const all = Object.values(readInterfaces(list)).flatMap((each) => each ?? []);
  return sortedUnique(all.flatMap(({ address }) => parseIp(address.replace(/%.*$/, ''))?.text ?? []));
}

/** Node throws if a sandbox forbids netlink sockets. */
function readInterfaces(list: () => Interfaces): Interfaces {
  try {
    return list();
  } catch {
    return {};
  }
}
