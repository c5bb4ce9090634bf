import type { IpFamily } from '@kubefigurator/config-model';
import { compareBy } from '@kubefigurator/config-model';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent } from '../intent/intent.ts';
import { matchesSelector } from '../snapshot/node-selector.ts';
import { checkNames, distinctBy } from '../snapshot/objects.ts';
import type { TranslatorSettings } from '../snapshot/settings.ts';
import type { NodeRecord } from '../snapshot/snapshot.ts';
import { diagnoseNodes } from './node-diagnostics.ts';
import type { ExaminedNode, NodePool } from './pooled-node.ts';
import { parseUsableAddress } from './usable-address.ts';

/** With this label, whatever its value, a Node takes no traffic from load balancers. */
const EXCLUDING_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';
/** The cluster autoscaler sets this taint on a Node that it is about to remove. */
const EXCLUDING_TAINT = 'ToBeDeletedByClusterAutoscaler';

/** The nodes that take traffic, and what is wrong with Nodes. */
export interface PooledNodes {
  readonly nodes: NodePool;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The nodes that take traffic, computed once for all intents; one without a usable address is among them.
 * Readiness isn't used: the control plane's view of it can be late or wrong, and HAProxy checks every server itself.
 */
export function poolNodes(
  records: readonly NodeRecord[],
  intents: readonly Intent[],
  settings: TranslatorSettings,
): PooledNodes {
  const distinct = distinctBy(records, (node) => node.name, 'Node');
  const { valid, diagnostics } = checkNames(distinct.kept, (node) => ({ kind: 'Node', name: node.name }));
  const serving = valid.filter((node) => isServing(node, settings)).sort(compareBy((node) => node.name));
  const nodes = serving.map((node) => examineNode(node, settings));
  return {
    nodes,
    diagnostics: [
      ...distinct.diagnostics,
      ...diagnostics,
      ...diagnoseNodes({ records, nodes, intents, settings }),
    ],
  };
}

/** How many nodes take traffic. */
export function countServing(records: readonly NodeRecord[], settings: TranslatorSettings): number {
  return records.filter((node) => isServing(node, settings)).length;
}

function isServing(node: NodeRecord, settings: TranslatorSettings): boolean {
  return (
    !node.deleting &&
    !node.labels.has(EXCLUDING_LABEL) &&
    !node.taints.includes(EXCLUDING_TAINT) &&
    matchesSelector(settings.nodeSelector, node.labels)
  );
}

function examineNode(node: NodeRecord, settings: TranslatorSettings): ExaminedNode {
  const addresses: Partial<Record<IpFamily, string>> = {};
  const unusable: string[] = [];
  const inOrder = settings.nodeAddressTypes.flatMap((type) =>
    node.addresses.filter((entry) => entry.type === type),
  );
  for (const entry of inOrder) {
    const parsed = parseUsableAddress(entry.address, settings.nodeNetworks);
    if ('unusable' in parsed) unusable.push(parsed.unusable);
    else addresses[parsed.address.family] ??= parsed.address.text;
  }
  return { name: node.name, addresses, unusable };
}
