import type { SourceRef } from '@kubefigurator/config-model';
import { compareText } from '@kubefigurator/config-model';
import { ANY_IPV4 } from './listen-address.ts';
import type { PortIntent } from './translation.ts';

/** The frontend's name, as dashboards of the first users know it. */
export function frontendName(address: string, port: number): string {
  return `k8s-service_${address === ANY_IPV4 ? 'all' : address}_${port}_listen`;
}

/** The backend's name, as dashboards of the first users know it. No part can hold an underscore. */
export function backendName({ namespace, service, port }: SourceRef): string {
  return `k8s-service_${namespace}_${service}_${port}_backend`;
}

/** The order of Services in the text: by name, so that no age shows in it. */
export function bySource(a: PortIntent, b: PortIntent): number {
  return (
    compareText(a.source.namespace, b.source.namespace) ||
    compareText(a.source.service, b.source.service) ||
    compareText(a.source.port, b.source.port)
  );
}
