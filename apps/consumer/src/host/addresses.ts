import { networkInterfaces } from 'node:os';
import { parseIp, sortedUnique } from '@kubefigurator/config-model';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** A balancer may have hundreds of addresses; the first ones are enough to find it. */
const MOST = 8;

/** The first addresses under which other machines can reach this one; empty if the system doesn't tell them. */
export function localAddresses(list: () => Interfaces = networkInterfaces): readonly string[] {
  const reachable = Object.values(readInterfaces(list))
    .flatMap((each) => each ?? [])
    .filter(({ internal, address }) => !internal && !/^(169\.254\.|fe80:)/i.test(address))
    .map(({ address }) => address);
  return [...new Set(reachable)].slice(0, MOST);
}

/**
 * Every address at which this host reaches itself, the loopback ones included, in canonical order; empty if the system
 * doesn't tell them.
 */
export function ownAddresses(list: () => Interfaces = networkInterfaces): readonly string[] {
  const all = Object.values(readInterfaces(list)).flatMap((each) => each ?? []);
  return sortedUnique(all.flatMap(({ address }) => parseIp(address.replace(/%.*$/, ''))?.text ?? []));
}

/** Node throws where a sandbox forbids netlink sockets. */
function readInterfaces(list: () => Interfaces): Interfaces {
  try {
    return list();
  } catch {
    return {};
  }
}
