import type { BindExplanation, PortExplanation, ServiceExplanation } from '../explanation.ts';
import { renderLiveHosts, renderHosts, renderLegend, renderPublished, VERDICTS } from './hosts.ts';
import { countedNoun, renderField, renderFieldList, renderInlineList } from './layout.ts';
import { renderHeld, renderHeldParts, renderHeldPort } from './held.ts';
import { renderProblems } from './problems.ts';
import { renderLines, renderServers } from './port-parts.ts';

/** The explanation of a Service for people. */
export function renderService(explanation: ServiceExplanation): string[] {
  const { name, verdict, ports, etcd, createdAt, nodesLeftOut, held } = explanation;
  const asked = new Set(ports.map(({ port }) => port));
  const others = held?.ports.filter(({ port }) => !asked.has(port)) ?? [];
  const hosts = [...ports, ...others].flatMap((port) => port.hosts);
  return [
    `Service ${name}: ${VERDICTS[verdict]}${warned(explanation)}${held === undefined ? '' : ', HELD by a guard'}`,
    ...renderSelection(explanation),
    ...renderHeld(held),
    ...(createdAt === undefined ? [] : [renderField(0, 'Created', createdAt)]),
    ...renderProblems(0, explanation.problems),
    ...renderFieldList(
      0,
      'Nodes left out',
      nodesLeftOut.map(({ node, reason }) => `${node} ${reason}`),
    ),
    ...(etcd.problem === undefined ? [] : [renderField(0, 'etcd', `${etcd.key}: ${etcd.problem}`)]),
    ...ports.flatMap((port) => ['', ...renderPort(port, explanation)]),
    ...others.flatMap((port) => ['', ...renderHeldPort(port, explanation)]),
    ...(hosts.length === 0 ? [] : prefixed(renderLegend(hosts))),
  ];
}

function renderSelection({ exists, selected, reason, near, lingers, etcd }: ServiceExplanation): string[] {
  return [
    renderField(0, 'Selected', `${selected ? 'yes' : 'no'}, ${reason}`),
    ...(exists || near.length === 0 ? [] : [renderField(0, 'Did you mean', near.join(', '))]),
    ...(lingers ? [renderField(0, 'Published', renderPublished('lingers', etcd))] : []),
  ];
}

/** Counts the warnings of a Service that is served everywhere: it may be served otherwise than its owner meant. */
function warned({ verdict, problems, ports }: ServiceExplanation): string {
  const all = [...problems, ...ports.flatMap((port) => port.problems)];
  return verdict !== 'everywhere' || all.length === 0 ? '' : `, with ${countedNoun(all.length, 'warning')}`;
}

function prefixed(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

const STATES: Readonly<Record<PortExplanation['state'], string>> = {
  served: 'asked for',
  'in-part': 'asked for, and left out in part',
  'left-out': 'LEFT OUT',
  'passed-over': 'passed over',
};

function renderPort(port: PortExplanation, { createdAt, etcd, held }: ServiceExplanation): string[] {
  const { number, nodePort, protocol, state, published, hosts } = port;
  const at = nodePort === undefined ? 'no node port' : `node port ${nodePort}`;
  const lacks = [
    ...(published === 'differs' ? [', WITH OTHER LINES'] : []),
    ...(port.servers.length === 0 ? [', WITHOUT A SERVER'] : []),
  ];
  const live = `${renderLiveHosts(hosts)}${lacks.join('')}`;
  const says = state === 'served' && hosts.length > 0 ? live : STATES[state];
  return [
    `Port ${port.port} (${protocol} ${number}, ${at}): ${says}`,
    ...(state === 'passed-over'
      ? [renderField(1, 'Why', 'no annotation names it, and it has no TCP node port')]
      : []),
    ...renderProblems(1, port.problems, createdAt),
    ...renderAsks(port),
    ...renderHeldParts(held?.ports.find((each) => each.port === port.port)),
    ...renderServers(port),
    ...renderFieldList(1, 'Kept for it', port.reserved),
    ...(state === 'passed-over' ? [] : [renderField(1, 'Published', renderPublished(published, etcd))]),
    ...noHosts(port),
    ...renderHosts(1, hosts),
    ...renderLines(port),
  ];
}

function noHosts({ published, hosts }: PortExplanation): string[] {
  const isAsked = published === 'published' || published === 'differs';
  return isAsked && hosts.length === 0
    ? [renderField(1, 'Live on', 'no host: none has written a status')]
    : [];
}

function renderAsks({ asks, binds, state }: PortExplanation): string[] {
  if (asks === undefined) return [];
  const { mode, tls, hosts, certificate } = asks;
  const names = hosts.length === 0 ? 'every request that no other host matches' : renderInlineList(hosts);
  return [
    ...renderFieldList(
      1,
      state === 'left-out' ? 'Asks for' : 'Bind',
      binds.map((bind) => `${renderBind(bind)}, ${mode}${tls ? ' with TLS' : ', plain'}`),
    ),
    ...(mode === 'http' ? [renderField(1, 'Host names', names)] : []),
    ...(certificate === undefined ? [] : [renderField(1, 'Certificate', `${certificate} on each host`)]),
  ];
}

function renderBind({ bind, state, others }: BindExplanation): string {
  if (state === 'lost') return `${bind}, which it does NOT have`;
  return others === 0 ? bind : `${bind}, shared with ${countedNoun(others, 'other port')}`;
}
