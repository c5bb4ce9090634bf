import type { IpAddress, IpFamily } from '@kubefigurator/config-model';
import { compareBy, parseIp } from '@kubefigurator/config-model';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent } from '../intent/intent.ts';
import { matchesSelector } from '../snapshot/node-selector.ts';
import { checkNames, distinctBy } from '../snapshot/objects.ts';
import { displayName } from '../diagnostics/quote.ts';
import type { TranslatorSettings } from '../snapshot/settings.ts';
import type { NodeRecord } from '../snapshot/snapshot.ts';

/** With this label, whatever its value, a Node takes no traffic from load balancers. */
const EXCLUDING_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';
/** The cluster autoscaler sets this taint on a Node that it is about to remove. */
const EXCLUDING_TAINT = 'ToBeDeletedByClusterAutoscaler';

/** The serving nodes with an address of each family, in canonical order. */
export type NodePools = Readonly<Record<IpFamily, readonly NodeAddress[]>>;

export interface NodeAddress {
  readonly name: string;
  readonly address: string;
}

/** The possible servers, for every kind of `ServersIntent`. */
export interface Pools {
  readonly nodes: NodePools;
  readonly diagnostics: readonly Diagnostic[];
}

interface Pool {
  readonly addresses: NodeAddress[];
  readonly diagnostics: Diagnostic[];
}

/**
 * The serving nodes by the families that intents need; computed once for all intents.
 * Readiness isn't used: the control plane's view of it can be late or wrong, and HAProxy checks every server itself.
 */
export function poolNodes(
  records: readonly NodeRecord[],
  intents: readonly Intent[],
  settings: TranslatorSettings,
): Pools {
  const families = new Set(
    intents.flatMap(({ servers }) => (servers.kind === 'nodes' ? servers.family : [])),
  );
  const distinct = distinctBy(records, (node) => node.name, 'Node');
  const { valid, diagnostics } = checkNames(distinct.kept, (node) => ({ kind: 'Node', name: node.name }));
  const serving = valid.filter((node) => isServing(node, settings)).sort(compareBy((node) => node.name));
  const read = serving.map((node) => ({ name: node.name, addresses: preferredAddresses(node, settings) }));
  const pools = { IPv4: fillPool('IPv4', read, families), IPv6: fillPool('IPv6', read, families) };
  return {
    nodes: { IPv4: pools.IPv4.addresses, IPv6: pools.IPv6.addresses },
    diagnostics: [
      ...distinct.diagnostics,
      ...diagnostics,
      ...pools.IPv4.diagnostics,
      ...pools.IPv6.diagnostics,
    ],
  };
}

function isServing(node: NodeRecord, settings: TranslatorSettings): boolean {
  return (
    !node.deleting &&
    !node.labels.has(EXCLUDING_LABEL) &&
    !node.taints.includes(EXCLUDING_TAINT) &&
    matchesSelector(settings.nodeSelector, node.labels)
  );
}

/** The readable addresses of a Node, those of the preferred types first. */
function preferredAddresses(node: NodeRecord, settings: TranslatorSettings): IpAddress[] {
  return settings.nodeAddressTypes.flatMap((type) =>
    node.addresses.flatMap((entry) => (entry.type === type ? (parseIp(entry.address) ?? []) : [])),
  );
}

function fillPool(
  family: IpFamily,
  nodes: readonly { readonly name: string; readonly addresses: readonly IpAddress[] }[],
  families: ReadonlySet<IpFamily>,
): Pool {
  const pool: Pool = { addresses: [], diagnostics: [] };
  if (!families.has(family)) return pool;
  for (const { name, addresses } of nodes) {
    const address = addresses.find((candidate) => candidate.family === family);
    if (address !== undefined) pool.addresses.push({ name, address: address.text });
    else pool.diagnostics.push(withoutAddress(name, family));
  }
  return pool;
}

function withoutAddress(name: string, family: IpFamily): Diagnostic {
  const message = `the Node has no ${family} address of a type in --node-address-type; Services whose first family is ${family} go without it`;
  return createDiagnostic({
    code: 'node-without-address',
    object: { kind: 'Node', name: displayName(name) },
    message,
  });
}
