import type { IpFamily } from '@kubefigurator/config-model';
import { sortedUnique } from '@kubefigurator/config-model';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import { displayName } from '../diagnostics/quote.ts';
import type { Intent } from '../intent/intent.ts';
import type { TranslatorSettings } from '../snapshot/settings.ts';
import type { NodeRecord } from '../snapshot/snapshot.ts';
import type { ExaminedNode } from './pooled-node.ts';
import { nodeAddressIn } from './pooled-node.ts';

/** How many unusable addresses of a Node a message explains: a Node may report any number of them. */
const MOST_ADDRESSES = 3;

interface Subject {
  /** All Nodes of the snapshot. */
  readonly records: readonly NodeRecord[];
  /** Those that take traffic. */
  readonly nodes: readonly ExaminedNode[];
  readonly intents: readonly Intent[];
  readonly settings: TranslatorSettings;
}

/** The lists of IP families that Services ask for, by `keyOf`. */
type Needs = ReadonlyMap<string, readonly IpFamily[]>;

/** What is wrong with the Nodes, and which Services have no server because of it. */
export function diagnoseNodes(subject: Subject): Diagnostic[] {
  const needs = needsOf(subject.intents);
  const unmet = new Set([...needs].flatMap(([key, families]) => (isMet(subject, families) ? [] : [key])));
  return [
    ...(needs.size > 0 && unmet.size === needs.size ? [noNodes(subject)] : []),
    ...subject.nodes.flatMap((node) => withoutAddress(node, needs)),
    ...sharedAddresses(subject.nodes, needs),
    ...withoutServer(subject, unmet),
  ];
}

function isMet({ nodes }: Subject, families: readonly IpFamily[]): boolean {
  return nodes.some((node) => nodeAddressIn(node, families) !== undefined);
}

function needsOf(intents: readonly Intent[]): Needs {
  const needs = new Map<string, readonly IpFamily[]>();
  for (const { servers } of intents)
    if (servers.kind === 'nodes') needs.set(keyOf(servers.families), servers.families);
  return needs;
}

function keyOf(families: readonly string[]): string {
  return families.join(' or ');
}

function withoutAddress(node: ExaminedNode, needs: Needs): Diagnostic[] {
  const unmet = [...needs.values()].filter((families) => nodeAddressIn(node, families) === undefined);
  if (unmet.length === 0) return [];
  const lacking = keyOf(sortedUnique(unmet.flat()));
  const shown = node.unusable.slice(0, MOST_ADDRESSES);
  const hidden = node.unusable.length - shown.length;
  const passedOver = [...shown, ...(hidden > 0 ? [`${hidden} more`] : [])].join(', ');
  const message = `the Node has no usable ${lacking} address of a type in --node-address-type${passedOver === '' ? '' : ` (passed over: ${passedOver})`}; Services that need one go without it`;
  return [
    createDiagnostic({
      code: 'node-without-address',
      object: { kind: 'Node', name: displayName(node.name) },
      message,
    }),
  ];
}

/** Nodes that share an address; each of them is a server nevertheless, since it isn't known which one has the address. */
function sharedAddresses(nodes: readonly ExaminedNode[], needs: Needs): Diagnostic[] {
  const used = new Map<string, Set<string>>();
  for (const node of nodes) {
    for (const families of needs.values()) {
      const address = nodeAddressIn(node, families);
      if (address !== undefined) used.set(address, (used.get(address) ?? new Set()).add(node.name));
    }
  }
  return [...used].flatMap(([address, names]) => (names.size > 1 ? shared(address, [...names]) : []));
}

function shared(address: string, names: readonly string[]): Diagnostic[] {
  return names.map((name) => {
    const other = displayName(names.find((each) => each !== name) ?? '');
    const more = names.length > 2 ? ` and ${names.length - 2} more` : '';
    const message = `the Node has the address ${address} of Node ${other}${more} too: its servers lead to one machine; correct status.addresses, or exclude the Node that is gone`;
    const object = { kind: 'Node', name: displayName(name) } as const;
    return createDiagnostic({ code: 'shared-node-address', object, message });
  });
}

/** One diagnostic for each Service without a server; the ports of a Service have the same families. */
function withoutServer({ nodes, intents }: Subject, unmet: ReadonlySet<string>): Diagnostic[] {
  const concerned = new Map<string, Diagnostic>();
  for (const { servers, source } of intents) {
    if (servers.kind !== 'nodes' || !unmet.has(keyOf(servers.families))) continue;
    const { namespace, service: name } = source;
    const message = `${nodes.length === 0 ? NO_NODE : withoutFamily(servers.families)}; the Service has no server, so that nobody is served`;
    const object = { kind: 'Service', namespace, name } as const;
    concerned.set(`${namespace}/${name}`, createDiagnostic({ code: 'no-server', object, message }));
  }
  return [...concerned.values()];
}

const NO_NODE = 'no Node takes traffic (see no-nodes)';

function withoutFamily(families: readonly IpFamily[]): string {
  return `no Node has a usable ${keyOf(families)} address: see the diagnostics of the Nodes, or change spec.ipFamilies`;
}

function noNodes(subject: Subject): Diagnostic {
  const object = { kind: 'Cluster', name: subject.settings.cluster } as const;
  const message = `${whyNoNodes(subject)}; no Service has a server`;
  return createDiagnostic({ code: 'no-nodes', object, message });
}

function whyNoNodes({ records, nodes, settings }: Subject): string {
  if (records.length === 0) {
    return 'there is no Node: add the Nodes to the manifests (kubectl get nodes -o yaml), or let the producer list them';
  }
  if (nodes.length > 0) return 'no Node has a usable address: see the diagnostics of the Nodes';
  const none = records.length === 1 ? 'the only Node' : `each of the ${records.length} Nodes`;
  const selector = settings.nodeSelector.length === 0 ? '' : ' what --node-selector asks of it,';
  return `${none} is left out: look for${selector} a label or taint that excludes it, or for its deletion`;
}
