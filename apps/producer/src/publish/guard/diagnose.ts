import { createDiagnostic, type Diagnostic } from '@kubefigurator/translator';
import type { ServiceLoss, Verdict } from './decide.ts';

/** Of a loss of thousands of Services, the first say enough. */
const MOST_SERVICES = 20;
const HINT = 'kubefigurator-producer held shows what is held, and approve lets it go';

/** What a guard holds, on the Services that it concerns and on the cluster; none if nothing is held. */
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
  const what = first === undefined ? '' : `${first.host.replace(/^\./, '*.')} on ${first.bind}${more}`;
  return createDiagnostic({
    code: 'removal-held',
    object: { kind: 'Service', namespace, name },
    message: `it doesn't ask for ${what} any more, and this stays published since too much would go at once: kubefigurator-producer approve service ${service} lets it go`,
  });
}
