import { CONFIG_HEADER, formatSourceComment } from '@kubefigurator/config-model';
import type { FleetNode } from './nodes.ts';

/** A frontend and a backend, as an operator might write them into etcd. */
export interface HandWritten {
  readonly service: string;
  /** `address:port`, default `*:<port>`. */
  readonly bind: string;
  readonly nodePort: number;
}

/** A config text written by hand: one frontend and one backend per Service, with the comments that name the Service. */
export function handWrittenText(nodes: readonly FleetNode[], services: readonly HandWritten[]): string {
  return [CONFIG_HEADER, ...services.map((service) => sections(nodes, service))].join('\n');
}

function sections(nodes: readonly FleetNode[], { service, bind, nodePort }: HandWritten): string {
  const comment = formatSourceComment({ namespace: 'default', service, port: 'web' });
  const servers = nodes.map(({ name, address }) => `  server ${name} ${address}:${String(nodePort)} check`);
  return [
    comment,
    `frontend ${service}`,
    '  mode http',
    '  option idle-close-on-response',
    `  bind ${bind}`,
    `  default_backend ${service}`,
    '',
    comment,
    `backend ${service}`,
    '  mode http',
    '  option redispatch',
    ...servers,
    '',
  ].join('\n');
}
