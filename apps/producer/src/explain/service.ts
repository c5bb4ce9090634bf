import type { SourceRef } from '@kubefigurator/config-model';
import type { ConfigText } from '@kubefigurator/haproxy-config';
import {
  ENABLING_LABEL,
  isServiceSelected,
  judgeNodeAddresses,
  type NodeRecord,
  quoteUserText,
  type ServiceRecord,
  whyExcluded,
} from '@kubefigurator/translator';
import type { LeftOutNode, PortExplanation, Problem, ServiceExplanation } from './explanation.ts';
import { createdAtOf, type Facts, explainPublished } from './facts.ts';
import { explainHeld } from './held.ts';
import { verdictOfHosts } from './hosts.ts';
import { nearServices } from './near.ts';
import { explainPort } from './port.ts';
import { problemsOf } from './problems.ts';

export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** Why a Service is served as it is, or why not. */
export function explainService(facts: Facts, { namespace, name }: ServiceName): ServiceExplanation {
  const { snapshot } = facts;
  const service = snapshot.services.find((each) => each.namespace === namespace && each.name === name);
  const base = { kind: 'service', name: `${namespace}/${name}`, etcd: explainPublished(facts) } as const;
  const held = explainHeld(facts, { namespace, name });
  const lingers = held === undefined && isInText(facts.current, { namespace, name });
  const nothing = {
    verdict: verdictOfHosts((held?.ports ?? []).map(({ verdict }) => verdict)),
    problems: [],
    ports: [],
    nodesLeftOut: [],
    ...(held === undefined ? {} : { held }),
    lingers,
  };
  if (service === undefined) {
    const near = nearServices({ namespace, name }, snapshot.services);
    const reason = whyUnknown(facts, namespace);
    return { ...base, ...nothing, exists: false, selected: false, reason, near };
  }
  const createdAt = createdAtOf(service);
  const known = { exists: true, near: [], ...(createdAt === undefined ? {} : { createdAt }) };
  // `held` shows in full what this diagnostic sums up.
  const problems = problemsOf(facts, { kind: 'Service', namespace, name }).filter(
    ({ code }) => code !== 'removal-held',
  );
  if (!isServiceSelected(service)) {
    const reason = whyUnselected(service, problems);
    return { ...base, ...nothing, ...known, selected: false, reason, problems: [] };
  }
  const ports = service.ports.map((port) => explainPort(facts, service, port));
  const asking = ports.filter(({ state }) => state !== 'passed-over');
  return {
    ...base,
    ...known,
    verdict: verdictOfHosts(asking.map(({ verdict }) => verdict)),
    selected: true,
    reason: `it has the label ${ENABLING_LABEL.key} with the value ${quoteUserText(ENABLING_LABEL.value)}`,
    problems: [...problems, ...clusterProblems(facts)],
    ports,
    nodesLeftOut: nodesLeftOut(facts, ports),
    ...(held === undefined ? {} : { held }),
    lingers: false,
  };
}

function isInText(text: ConfigText | undefined, { namespace, name }: ServiceName): boolean {
  const isOurs = (source: SourceRef): boolean => source.namespace === namespace && source.service === name;
  return text?.sections.some(({ head }) => head.sources.some(isOurs)) === true;
}

function whyUnknown({ namespaces, snapshot }: Facts, namespace: string): string {
  if (namespaces.length > 0 && !namespaces.includes(namespace))
    return `the namespace ${namespace} isn't observed: --namespace names ${namespaces.join(', ')}`;
  return snapshot.services.some((each) => each.namespace === namespace)
    ? 'there is no such Service'
    : `there is no Service in the namespace ${namespace}`;
}

function whyUnselected({ labels }: ServiceRecord, problems: readonly Problem[]): string {
  const { key, value } = ENABLING_LABEL;
  const nearMiss = problems.find(({ code }) => code === 'near-miss-label');
  if (nearMiss !== undefined) return nearMiss.message;
  const label = labels.get(key);
  return label === undefined
    ? `it has no label ${key}: give it the value ${quoteUserText(value)}`
    : `its label ${key} is ${quoteUserText(label)}: give it the value ${quoteUserText(value)}`;
}

/** What concerns all Services: there is no Node to serve them. */
function clusterProblems({ compilation }: Facts): Problem[] {
  return compilation.diagnostics
    .filter(({ code }) => code === 'no-nodes')
    .map(({ code, severity, message }) => ({ code, severity, message, winners: [] }));
}

/** The Nodes that are no servers of the Service, and why; the same ones for each of its ports. */
function nodesLeftOut(facts: Facts, ports: readonly PortExplanation[]): LeftOutNode[] {
  const backend = ports.find((port) => port.backend !== undefined);
  if (backend === undefined) return [];
  const serving = new Set(backend.servers.map(({ name }) => name));
  return facts.snapshot.nodes
    .filter(({ name }) => !serving.has(name))
    .map((node) => ({ node: node.name, reason: whyNoServer(facts, node) }));
}

function whyNoServer(facts: Facts, node: NodeRecord): string {
  const excluded = whyExcluded(node, facts.settings);
  if (excluded !== undefined) return excluded;
  const [problem] = problemsOf(facts, { kind: 'Node', name: node.name });
  if (problem?.code === 'no-room') return `has no room in the text: ${problem.message}`;
  const unusable = judgeNodeAddresses(node, facts.settings).flatMap((judged) =>
    judged.verdict === 'unusable' ? [judged.reason] : [],
  );
  const why = unusable.length === 0 ? '' : ` (passed over: ${unusable.slice(0, 3).join(', ')})`;
  return `has no usable address of the Service's IP families${why}`;
}
