import type { ConfigText } from '@kubefigurator/haproxy-config';
import {
  type JudgedAddress,
  judgeNodeAddresses,
  type NodeRecord,
  whyExcluded,
} from '@kubefigurator/translator';
import type { NodeExplanation, Verdict } from './explanation.ts';
import { type Facts, explainPublished } from './facts.ts';
import { portsHeldOnNode } from './held.ts';
import { areAllHostsLive, hostStatesOfText } from './hosts.ts';
import { publishedState } from './lines.ts';
import { nearNames } from './near.ts';
import { problemsOf } from './problems.ts';

/** Whether a Node is a server, with which address, and of how many backends. */
export function explainNode(facts: Facts, name: string): NodeExplanation {
  const { snapshot, settings } = facts;
  const node = snapshot.nodes.find((each) => each.name === name);
  const base = {
    kind: 'node',
    name,
    etcd: explainPublished(facts),
    backends: countBackends(facts, name),
    held: portsHeldOnNode(facts, name),
  } as const;
  const inCurrent = facts.current === undefined ? '' : serversNamed(facts.current, name);
  const published = publishedState(serversNamed(facts.wanted, name), inCurrent);
  const hosts = inCurrent === '' ? [] : hostStatesOfText(facts);
  const shared = { ...base, published, hosts };
  if (node === undefined) {
    const near = nearNames(
      name,
      snapshot.nodes.map((each) => each.name),
    );
    const unknown = { exists: false, selected: false, reason: whyUnknown(snapshot.nodes), near } as const;
    const verdict = verdictOfNode({ ...shared, selected: false });
    return { ...shared, ...unknown, verdict, addresses: [], problems: [] };
  }
  const addresses = judgeNodeAddresses(node, settings);
  const excluded = whyExcluded(node, settings);
  const explained = {
    ...{ ...shared, exists: true, near: [], addresses },
    selected: excluded === undefined && addresses.some(isUsed),
    reason: excluded === undefined ? whySelected(addresses) : `it ${excluded}`,
    problems: problemsOf(facts, { kind: 'Node', name }),
  };
  return { ...explained, verdict: verdictOfNode(explained) };
}

function whyUnknown(nodes: readonly NodeRecord[]): string {
  return nodes.length === 0 ? 'there is no Node' : 'there is no such Node';
}

function isUsed({ verdict }: JudgedAddress): boolean {
  return verdict === 'used';
}

function whySelected(addresses: readonly JudgedAddress[]): string {
  return addresses.some(isUsed)
    ? 'no label, taint or --node-selector excludes it, and it has a usable address'
    : 'it has no usable address of a type in --node-address-type';
}

/** Counts only backends whose servers are Nodes. */
function countBackends({ compilation }: Facts, name: string): NodeExplanation['backends'] {
  const { intents, model } = compilation.parts;
  const statics = new Set(
    intents.flatMap(({ servers, source }) => (servers.kind === 'nodes' ? [] : [JSON.stringify(source)])),
  );
  const backends = model.backends.filter(({ source }) => !statics.has(JSON.stringify(source)));
  const having = backends.filter(({ servers }) => servers.some((server) => server.name === name));
  return { count: having.length, of: backends.length };
}

/** The servers with this name, one a line with the backend and the address. */
function serversNamed(config: ConfigText, name: string): string {
  const backends = config.sections.filter(({ keyword }) => keyword === 'backend');
  return backends
    .flatMap((section) =>
      section.lines
        .filter(({ words }) => words[0] === 'server' && words[1] === name)
        .map(({ words }) => `${section.name} ${words[2] ?? ''}`),
    )
    .join('\n');
}

function verdictOfNode({
  backends,
  hosts,
  published,
  selected,
  held,
}: Pick<NodeExplanation, 'backends' | 'hosts' | 'published' | 'selected' | 'held'>): Verdict {
  if (!hosts.some(({ state }) => state === 'live')) return 'nowhere';
  if (!selected) return held.length === 0 ? 'nowhere' : 'in-part';
  const isWhole = backends.count === backends.of && published === 'published';
  return isWhole && areAllHostsLive(hosts) ? 'everywhere' : 'in-part';
}
