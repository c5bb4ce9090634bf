import type { Excess } from '@kubefigurator/haproxy-config';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import { cutList, formatCount } from '../diagnostics/lists.ts';
import type { Intent } from '../intent/intent.ts';
import type { PooledNode } from '../servers/pooled-node.ts';
import type { Candidate, LeftOut } from './candidates.ts';
import type { Published } from './published.ts';

/** The error of a Service that is left out, or of which only what is published is served. */
export function noRoomForService({ candidate, excesses, share }: LeftOut, published: Published): Diagnostic {
  const { ports } = candidate;
  const grown = ports.filter((intent) => published.partOf(intent) !== undefined);
  const newPorts = ports.filter((intent) => !grown.includes(intent));
  const whatHappens = [
    ...(newPorts.length > 0 ? [`no room for ${portsOf(newPorts)}`] : []),
    ...(grown.length > 0 ? [`of ${portsOf(grown)} only what is published already is served`] : []),
  ];
  const why =
    share === true
      ? `the Services of namespace ${candidate.namespace} would take more than ${limitOf(excesses)}, which one namespace may have while others have Services too (--namespace-share); of what isn't published yet, the largest are left out`
      : `the text of all Services would have more than ${limitOf(excesses)}${keptForNodes(excesses)}; of what isn't published yet, the largest Services of the namespaces that take most are left out`;
  return about(
    candidate,
    `${why}, and this is one of them: ${whatHappens.join(', ')}; make the Service smaller, or free room`,
    share === true ? 'over-namespace-share' : 'no-room',
  );
}

/** The error of the largest Service of all, if nothing can be left out any more. */
export function nothingFits(largest: Candidate, excesses: readonly Excess[]): Diagnostic {
  return about(
    largest,
    `nothing is published: the text of all Services has more than ${limitOf(excesses)}, also without all that isn't published yet, and this Service has the largest part of it; make it smaller, or publish fewer Services or Nodes under this key`,
  );
}

function about(
  { namespace, service }: Candidate,
  message: string,
  code: 'no-room' | 'over-namespace-share' = 'no-room',
): Diagnostic {
  return createDiagnostic({
    code,
    object: { kind: 'Service', namespace, name: service },
    message,
  });
}

/** The error of a Node that is a server of no backend, since there is no room for it beside what is published. */
export function noRoomForNode(
  { name }: PooledNode,
  largest: Candidate | undefined,
  excesses: readonly Excess[],
): Diagnostic {
  const who = largest === undefined ? '' : ` (the largest is ${largest.namespace}/${largest.service})`;
  const first = mostExceeded(excesses);
  // A backend has a server for each Node, whatever else is published.
  const [where, advice] =
    first?.perSection === true && first.resource === 'servers'
      ? ['each backend', 'choose fewer Nodes (--node-selector)']
      : ['the text of all Services', `make Services smaller or publish fewer of them${who}`];
  return createDiagnostic({
    code: 'no-room',
    object: { kind: 'Node', name },
    message: `no room for this Node: with it ${where} would have more than ${limitOf(excesses)}, also without all Services that aren't published yet; what is published is served by the other Nodes; ${advice}`,
  });
}

function mostExceeded(excesses: readonly Excess[]): Excess | undefined {
  const [first] = [...excesses].sort((a, b) => b.count / (b.part * b.most) - a.count / (a.part * a.most));
  return first;
}

/** The limit that is exceeded most: `the 300,000 servers that the hosts take`, perhaps with `90 % of` before it. */
function limitOf(excesses: readonly Excess[]): string {
  const first = mostExceeded(excesses);
  if (first === undefined) return '';
  const part = first.part === 1 ? '' : `${formatCount(Math.round(first.part * 100))} % of `;
  return `${part}the ${formatCount(first.most)} ${first.unit}`;
}

function keptForNodes(excesses: readonly Excess[]): string {
  return mostExceeded(excesses)?.part === 1 ? '' : ', of which the rest is kept for Nodes that come';
}

function portsOf(ports: readonly Intent[]): string {
  return `port${ports.length === 1 ? '' : 's'} ${cutList(ports.map(({ source }) => source.port))}`;
}
