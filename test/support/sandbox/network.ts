import { existsSync } from 'node:fs';
import { programPath } from './programs.ts';
import { runChecked, runCommand } from './processes.ts';

const BRIDGE = 'kf0';
/** The bridge's own address, on which etcd and the API server listen. */
export const BRIDGE_ADDRESS = '10.99.0.1';
/** The network namespace that has the addresses of all nodes. */
export const NODES_NAMESPACE = 'nodes';

const ip = (...args: readonly string[]): Promise<string> => runChecked([programPath('ip'), ...args]);

/** The nth load-balancer host's address, from 1. */
export function hostAddress(index: number): string {
  return `10.99.0.${String(10 + index)}`;
}

/** The nth node's address, from 1. */
export function nodeAddress(index: number): string {
  return `10.99.1.${String(index)}`;
}

/** The IPv6 address that belongs to an IPv4 address of the fleet: 10.99.1.7 has fd99::1:7. */
export function ipv6Beside(address: string): string {
  const [, , third = '0', fourth = '0'] = address.split('.');
  return `fd99::${third}:${fourth}`;
}

/**
 * Makes the bridge, one network namespace for each host, and one for the nodes; removes those of an earlier fleet
 * first.
 */
export async function createNetwork(
  hosts: readonly { readonly name: string; readonly address: string }[],
): Promise<void> {
  await removeNetwork();
  await ip('link', 'add', BRIDGE, 'type', 'bridge');
  await addAddress({ device: BRIDGE, address: BRIDGE_ADDRESS });
  await ip('link', 'set', BRIDGE, 'up');
  for (const host of hosts) await attach(host.name, host.address);
  await attach(NODES_NAMESPACE, '10.99.2.1');
}

/** Removes all network namespaces of this sandbox, and the bridge if there is one. */
export async function removeNetwork(): Promise<void> {
  // A namespace with open sockets, and its veth pair, still exist for a while after its deletion. The next fleet may
  // need the name of the pair, so that this is deleted first.
  const cables = [...(await ip('-o', 'link', 'show', 'type', 'veth')).matchAll(/^\d+: (kf-[^@:]+)/gm)];
  for (const [, cable = ''] of cables) await ip('link', 'delete', cable);
  const names = (await ip('netns', 'list')).split('\n').flatMap((line) => line.split(' ')[0] || []);
  for (const name of names) await ip('netns', 'delete', name);
  // Not checked: the first fleet of a sandbox finds no bridge.
  await runCommand([programPath('ip'), 'link', 'delete', BRIDGE]);
}

/** Makes a network namespace with this address on `eth0`, which a veth pair connects to the bridge. */
async function attach(name: string, address: string): Promise<void> {
  const inside = ['-n', name];
  await ip('netns', 'add', name);
  await ip('link', 'add', `kf-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  await ip('link', 'set', `kf-${name}`, 'master', BRIDGE, 'up');
  await ip(...inside, 'link', 'set', 'lo', 'up');
  await ip(...inside, 'link', 'set', 'eth0', 'up');
  await addAddress({ netns: name, device: 'eth0', address });
}

/** Gives a device an address of the fleet's network and, if the kernel has IPv6, the matching IPv6 address. */
export async function addAddress(where: { netns?: string; device: string; address: string }): Promise<void> {
  const inside = where.netns === undefined ? [] : ['-n', where.netns];
  await ip(...inside, 'address', 'add', `${where.address}/16`, 'dev', where.device);
  if (!existsSync('/proc/sys/net/ipv6')) return;
  // nodad: without duplicate address detection it can be used at once.
  await ip(...inside, 'address', 'add', `${ipv6Beside(where.address)}/64`, 'dev', where.device, 'nodad');
}
