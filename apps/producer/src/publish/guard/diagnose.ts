import { createDiagnostic, type Diagnostic } from '@kubefigurator/translator';
import type { ServiceLoss, Verdict } from './decide.ts';

/**
 * How many Services get a diagnostic at most: thousands may lose something at once, and each message says the same.
 */
const MOST_SERVICES = 20;
const HINT = 'kubefigurator-producer held shows what is held, and approve lets it go';

/**
 * What a guard holds, as a diagnostic on the cluster and on the first Services that lose a host; none if nothing is
 * held.
 */
export function diagnoseHeld({ held, isEverything }: Verdict, cluster: string): readonly Diagnostic[] {
  if (held.length === 0) return [];
  const how = isEverything ? 'nothing of what is published' : 'much less than what is published';
  const object = { kind: 'Cluster', name: cluster } as const;
  const message = `the cluster has ${how}: what is gone stays published until it is back or approved; ${HINT}`;
  const services = held.filter(({ hosts }) => hosts.length > 0).slice(0, MOST_SERVICES);
  return [createDiagnostic({ code: 'removal-held', object, message }), ...services.map(diagnoseService)];
}

function diagnoseService({ service, hosts }: ServiceLoss): Diagnostic {
  const [namespace = '', name = ''] = service.split('/');
  const [first] = hosts;
  const more = hosts.length > 1 ? ` and ${String(hosts.length - 1)} more host names` : '';
  // The text has only the suffix of a wildcard: `.example.com` is `*.example.com`.
  const what = first === undefined ? '' : `${first.host.replace(/^\./, '*.')} on ${first.bind}${more}`;
  return createDiagnostic({
    code: 'removal-held',
    object: { kind: 'Service', namespace, name },
    message: `it doesn't ask for ${what} any more, and this stays published since too much would go at once: kubefigurator-producer approve service ${service} lets it go`,
  });
}
