import type { Complaint } from '../../diagnostics/diagnostics.ts';
import { quoteUserText } from '../../diagnostics/quote.ts';
import type { ServiceRecord } from '../../snapshot/snapshot.ts';

/** The annotation that Kubernetes itself reads if `spec.loadBalancerSourceRanges` is absent. */
export const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** A field of a Service that asks for something that is not honoured. */
export interface UnsupportedField {
  readonly field: string;
  /** What the Service asks for; undefined if it asks for nothing. */
  readonly asked: (service: ServiceRecord) => string | undefined;
  /** What happens instead, and what to do. */
  readonly instead: string;
}

const OPEN =
  'the Service is open to everybody who reaches the bind; filter in front of HAProxy, or choose another listen-ip';

/** All of these fields; a row is removed once one of our options means the same. */
export const UNSUPPORTED_FIELDS: readonly UnsupportedField[] = [
  {
    field: 'spec.loadBalancerSourceRanges',
    asked: ({ loadBalancerSourceRanges = [] }) => restriction(loadBalancerSourceRanges),
    instead: OPEN,
  },
  {
    field: SOURCE_RANGES,
    asked: ({ annotations }) => restriction(annotations.get(SOURCE_RANGES)?.split(',') ?? []),
    instead: OPEN,
  },
  {
    field: 'spec.sessionAffinity',
    asked: ({ sessionAffinity }) => (sessionAffinity === 'ClientIP' ? sessionAffinity : undefined),
    instead:
      'requests of one client reach any node; backends-balance-method "source" keeps a client on one node, as long as the nodes stay the same',
  },
  {
    field: 'spec.externalTrafficPolicy',
    asked: ({ externalTrafficPolicy }) =>
      externalTrafficPolicy === 'Local' ? externalTrafficPolicy : undefined,
    instead:
      "every node is a server, nodes without a Pod are left out by HAProxy's checks only, and Pods see the address of the load balancer instead of the client's",
  },
];

/** What a Service asks for in vain, one complaint for each field. */
export function unsupportedFields(service: ServiceRecord): Complaint[] {
  return UNSUPPORTED_FIELDS.flatMap(({ field, asked, instead }) => {
    const text = asked(service);
    if (text === undefined) return [];
    const message = `${field} is ${quoteUserText(text)}, which isn't honoured yet: ${instead}`;
    return [{ code: 'unsupported-field', message }];
  });
}

/** The ranges as a list; undefined if none of them restricts anything (`/0` is every address). */
function restriction(ranges: readonly string[]): string | undefined {
  const restricting = ranges
    .map((range) => range.trim())
    .filter((range) => range !== '' && !range.endsWith('/0'));
  return restricting.length === 0 ? undefined : ranges.map((range) => range.trim()).join(', ');
}
