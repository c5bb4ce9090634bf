import type { HostPattern, Intent } from '../intent/intent.ts';
import type { LimitName, ServiceLimits } from '../snapshot/limits.ts';
import { LIMIT_NAMES } from '../snapshot/limits.ts';
import type { TextSize } from './size.ts';
import { addSizes, NO_TEXT, serverOptionsSize, sizeOfPort } from './size.ts';

/** What the ports of one Service ask for together. */
export interface Usage {
  readonly counts: () => ServiceLimits;
  /**
   * Adds a port and gives undefined, if the Service stays within its limits; otherwise gives the first limit that it would
   * exceed. For a port that stands published, what depends on the number of Nodes isn't compared with the limits, so that
   * a new Node takes nothing away.
   */
  readonly add: (intent: Intent, isPublished: boolean) => LimitName | undefined;
}

export interface UsageOptions {
  readonly limits: ServiceLimits;
  /** The number of Nodes, each of which is a server of each port. */
  readonly nodes: number;
}

interface Sum {
  readonly ports: number;
  readonly text: TextSize;
  /** What the options of the ports add to the lines of all of their servers. */
  readonly servers: TextSize;
}

export function createUsage({ limits, nodes }: UsageOptions): Usage {
  const addresses = new Set<string>();
  const names = new Set<string>();
  const lists = new Set<readonly HostPattern[]>();
  let sum: Sum = { ports: 0, text: NO_TEXT, servers: NO_TEXT };

  function counts(): ServiceLimits {
    return countsOf(sum, addresses.size, names.size);
  }

  function countsOf(
    { ports, text, servers }: Sum,
    listenAddresses: number,
    hostNames: number,
  ): ServiceLimits {
    return {
      listenAddresses,
      hostNames,
      ports,
      lines: text.lines,
      characters: text.characters + servers.characters,
      servers: ports * nodes,
    };
  }

  function add(intent: Intent, isPublished: boolean): LimitName | undefined {
    const newAddresses = addressesOf(intent).filter((address) => !addresses.has(address));
    const newNames = newNamesOf(intent);
    const next: Sum = {
      ports: sum.ports + 1,
      text: addSizes(sum.text, sizeOfPort(intent)),
      servers: addSizes(sum.servers, serverOptionsSize(intent), nodes),
    };
    const after = countsOf(next, addresses.size + newAddresses.length, names.size + newNames.length);
    // `servers` and the options on the lines of servers grow with the number of Nodes.
    const judged = isPublished ? { ...after, characters: next.text.characters, servers: 0 } : after;
    const exceeded = LIMIT_NAMES.find((name) => judged[name] > limits[name]);
    if (exceeded !== undefined) return exceeded;
    for (const address of newAddresses) addresses.add(address);
    for (const name of newNames) names.add(name);
    lists.add(intent.hosts);
    sum = next;
    return undefined;
  }

  /** The names that no port has had yet. Names in a list are distinct, and a list that was added before has no new ones. */
  function newNamesOf({ hosts }: Intent): string[] {
    if (lists.has(hosts)) return [];
    return hosts.flatMap(({ name }) => (names.has(name) ? [] : [name]));
  }

  return { counts, add };
}

function addressesOf({ bind: { addresses } }: Intent): readonly string[] {
  return addresses.kind === 'addresses'
    ? addresses.addresses
    : [`pool ${addresses.pool} ${addresses.family}`];
}
