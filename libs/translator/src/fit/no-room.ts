import type { Excess } from '@kubefigurator/haproxy-config';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import { cutList, formatCount } from '../diagnostics/lists.ts';
import type { Intent } from '../intent/intent.ts';
import type { Candidate } from './candidates.ts';
import type { Published } from './published.ts';

interface Circumstances {
  readonly published: Published;
  readonly excesses: readonly Excess[];
}

/** The error of a Service that is left out, or of which only what is published is served. */
export function noRoom(candidate: Candidate, { published, excesses }: Circumstances): Diagnostic {
  const { ports } = candidate;
  const grown = ports.filter((intent) => published.partOf(intent) !== undefined);
  const isNew = grown.length < ports.length;
  const whatHappens = [
    ...(isNew ? [`no room for ${portsOf(ports.filter((intent) => !grown.includes(intent)))}`] : []),
    ...(grown.length > 0 ? [`of ${portsOf(grown)} only what is published already is served`] : []),
  ];
  return about(
    candidate,
    `the text of all Services would have more than the ${limitOf(excesses)}; of what isn't published yet, the largest Services of the namespaces that take most are left out, and this is one of them: ${whatHappens.join(', ')}; make the Service smaller, or free room`,
  );
}

/** The error of the largest Service of all, if nothing can be left out any more. */
export function nothingFits(largest: Candidate, excesses: readonly Excess[]): Diagnostic {
  return about(
    largest,
    `nothing is published: the text of all Services has more than the ${limitOf(excesses)}, also without all that isn't published yet, and this Service has the largest part of it; make it smaller, or publish fewer Services or Nodes under this key`,
  );
}

function about({ namespace, service }: Candidate, message: string): Diagnostic {
  return createDiagnostic({
    code: 'no-room',
    object: { kind: 'Service', namespace, name: service },
    message,
  });
}

/** The limit that is exceeded most: `300,000 servers that the hosts take`. */
export function limitOf(excesses: readonly Excess[]): string {
  const [first] = [...excesses].sort((a, b) => b.count / b.most - a.count / a.most);
  return first === undefined ? '' : `${formatCount(first.most)} ${first.unit}`;
}

function portsOf(ports: readonly Intent[]): string {
  return `port${ports.length === 1 ? '' : 's'} ${cutList(ports.map(({ source }) => source.port))}`;
}
