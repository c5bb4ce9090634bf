import type { IpFamily } from '@kubefigurator/config-model';
import { compareBy } from '@kubefigurator/config-model';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent } from '../intent/intent.ts';
import { rememberLast } from '../remember.ts';
import { matchesNodeSelector } from '../snapshot/node-selector.ts';
import { checkObjectNames, distinctObjectsBy } from '../snapshot/objects.ts';
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
  const distinct = distinctObjectsBy(records, (node) => node.name, 'Node');
  const { valid, diagnostics } = checkObjectNames(distinct.kept, (node) => ({
    kind: 'Node',
    name: node.name,
  }));
  const serving = valid.filter((node) => isServing(node, settings)).sort(compareBy((node) => node.name));
  const nodes = samePool(
    serving.map((node) => examineOnce(node, settings)),
    settings,
  );
  return {
    nodes,
    diagnostics: [
      ...distinct.diagnostics,
      ...diagnostics,
      ...diagnoseNodes({ records, nodes, intents, settings }),
    ],
  };
}

/** How many Nodes take traffic. */
export function countServingNodes(records: readonly NodeRecord[], settings: TranslatorSettings): number {
  return records.filter((node) => isServing(node, settings)).length;
}

function isServing(node: NodeRecord, settings: TranslatorSettings): boolean {
  return whyExcluded(node, settings) === undefined;
}

/** Why a Node takes no traffic, as the end of a sentence that begins with the Node; undefined if it takes some. */
export function whyExcluded(node: NodeRecord, { nodeSelector }: TranslatorSettings): string | undefined {
  if (node.deleting) return 'is being deleted (metadata.deletionTimestamp is set)';
  if (node.labels.has(EXCLUDING_LABEL)) return `has the label ${EXCLUDING_LABEL}`;
  if (node.taints.includes(EXCLUDING_TAINT)) return `has the taint ${EXCLUDING_TAINT}`;
  return matchesNodeSelector(nodeSelector, node.labels) ? undefined : "doesn't match --node-selector";
}

/** One address that a Node reports, and what becomes of it. */
export type JudgedAddress = { readonly type: string; readonly address: string } & (
  | { readonly verdict: 'used'; readonly family: IpFamily }
  /** An earlier one of the same family is used. */
  | { readonly verdict: 'spare'; readonly family: IpFamily }
  /** The reason quotes the address. */
  | { readonly verdict: 'unusable'; readonly reason: string }
  /** Its type isn't one of `--node-address-type`. */
  | { readonly verdict: 'other-type' }
);

/** The addresses of a Node in the order in which they are tried, then those whose type isn't asked for. */
export function judgeNodeAddresses(node: NodeRecord, settings: TranslatorSettings): JudgedAddress[] {
  const { nodeAddressTypes: types, nodeNetworks } = settings;
  const used = new Set<IpFamily>();
  const inOrder = types.flatMap((type) => node.addresses.filter((entry) => entry.type === type));
  const judged = inOrder.map(({ type, address }): JudgedAddress => {
    const parsed = parseUsableAddress(address, nodeNetworks);
    if ('unusable' in parsed) return { type, address, verdict: 'unusable', reason: parsed.unusable };
    const { family, text } = parsed.address;
    const verdict = used.has(family) ? 'spare' : 'used';
    used.add(family);
    return { type, address: text, verdict, family };
  });
  const others = node.addresses.filter(({ type }) => !types.includes(type));
  return [...judged, ...others.map((entry): JudgedAddress => ({ ...entry, verdict: 'other-type' }))];
}

const examineOnce = rememberLast(examineNode);
const lastPools = new WeakMap<TranslatorSettings, readonly ExaminedNode[]>();

/** The pool of the pass before if it holds the same nodes, so that what was made of that needn't be made again. */
function samePool(nodes: readonly ExaminedNode[], settings: TranslatorSettings): readonly ExaminedNode[] {
  const last = lastPools.get(settings);
  if (last?.length === nodes.length && nodes.every((node, index) => node === last[index])) return last;
  lastPools.set(settings, nodes);
  return nodes;
}

function examineNode(node: NodeRecord, settings: TranslatorSettings): ExaminedNode {
  const addresses: Partial<Record<IpFamily, string>> = {};
  const unusable: string[] = [];
  for (const judged of judgeNodeAddresses(node, settings)) {
    if (judged.verdict === 'unusable') unusable.push(judged.reason);
    if (judged.verdict === 'used') addresses[judged.family] = judged.address;
  }
  return { name: node.name, addresses, unusable };
}
