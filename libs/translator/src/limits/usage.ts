import type { HostPattern, Intent } from '../intent/intent.ts';
import type { LimitName, ServiceLimits } from '../snapshot/limits.ts';
import { LIMIT_NAMES } from '../snapshot/limits.ts';
import { addSizes, NO_TEXT, sizeOf } from './size.ts';

/** What the ports of one Service ask for together. */
export interface Usage {
  readonly counts: () => ServiceLimits;
  /** Adds a port if the Service is within its limits with it; otherwise gives the first limit that it would exceed. */
  readonly add: (intent: Intent) => LimitName | undefined;
}

export function createUsage(limits: ServiceLimits): Usage {
  const addresses = new Set<string>();
  const names = new Set<string>();
  const lists = new Set<readonly HostPattern[]>();
  let ports = 0;
  let size = NO_TEXT;

  function counts(): ServiceLimits {
    return { listenAddresses: addresses.size, hostNames: names.size, ports, ...size };
  }

  function add(intent: Intent): LimitName | undefined {
    const newAddresses = addressesOf(intent).filter((address) => !addresses.has(address));
    const newNames = newNamesOf(intent);
    const sum = addSizes(size, sizeOf(intent));
    const after: ServiceLimits = {
      listenAddresses: addresses.size + newAddresses.length,
      hostNames: names.size + newNames.length,
      ports: ports + 1,
      ...sum,
    };
    const exceeded = LIMIT_NAMES.find((name) => after[name] > limits[name]);
    if (exceeded !== undefined) return exceeded;
    for (const address of newAddresses) addresses.add(address);
    for (const name of newNames) names.add(name);
    lists.add(intent.hosts);
    ports += 1;
    size = sum;
    return undefined;
  }

  /** Names of a list are distinct, and a list that was added before has no new ones. */
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
