import { readFile } from 'node:fs/promises';

/** A range of ports, both ends included. */
type PortRange = readonly [first: number, last: number];

/** The ports that the kernel gives to outgoing connections. */
export interface OutgoingPorts {
  readonly range: PortRange;
  /** Ports in the range that it gives to none. */
  readonly reserved: readonly PortRange[];
}

const FOLDER = '/proc/sys/net/ipv4';

/** Reads the kernel's settings of this network namespace; undefined if they can't be read. */
export async function readOutgoingPorts(): Promise<OutgoingPorts | undefined> {
  const files = ['ip_local_port_range', 'ip_local_reserved_ports'];
  const [range = '', reserved = ''] = await Promise.all(
    files.map((file) => readFile(`${FOLDER}/${file}`, 'utf8').catch(() => '')),
  );
  return parseOutgoingPorts(range, reserved);
}

/**
 * Parses `ip_local_port_range`, such as `32768 60999`, and `ip_local_reserved_ports`, such as `40000,50000-50010`
 * (ip(7) and the kernel's ip-sysctl documentation). Undefined if there is no range.
 */
export function parseOutgoingPorts(range: string, reserved: string): OutgoingPorts | undefined {
  const [, first, last] = /^(\d+)\s+(\d+)\s*$/.exec(range) ?? [];
  if (first === undefined || last === undefined) return undefined;
  return {
    range: [Number(first), Number(last)],
    reserved: [...reserved.matchAll(/(\d+)(?:-(\d+))?/g)].map(([, from, to]) => [
      Number(from),
      Number(to ?? from),
    ]),
  };
}

/** True if the kernel may give the port to an outgoing connection at any time. */
export function isOutgoingPort({ range, reserved }: OutgoingPorts, port: number): boolean {
  const isWithin = ([first, last]: PortRange): boolean => port >= first && port <= last;
  return isWithin(range) && !reserved.some(isWithin);
}
