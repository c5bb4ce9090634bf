import type { SourceRef } from '@kubefigurator/config-model';
import { compareText } from '@kubefigurator/config-model';
import type { Intent } from '../intent/intent.ts';
import { ANY_IPV4 } from '../intent/intent.ts';

/** The frontend's name as in the predecessor, haproxy-kubefigurator, so that existing dashboards find it. */
export function frontendName(address: string, port: number): string {
  return `k8s-service_${address === ANY_IPV4 ? 'all' : address}_${port}_listen`;
}

/** The backend's name, also as in the predecessor. It is unique, since no part of it can have an underscore. */
export function backendName({ namespace, service, port }: SourceRef): string {
  return `k8s-service_${namespace}_${service}_${port}_backend`;
}

/** The order of Services in the text: by name, so that the age of a Service never changes the text. */
export function compareBySource(a: Intent, b: Intent): number {
  return (
    compareText(a.source.namespace, b.source.namespace) ||
    compareText(a.source.service, b.source.service) ||
    compareText(a.source.port, b.source.port)
  );
}
