import { CONFIG_HEADER, formatSourceComment } from '@kubefigurator/config-model';
import type { FleetNode } from './nodes.ts';

/** What a frontend and a backend are written for: one port of a Service. */
export interface HandWritten {
  /** Default `default`. */
  readonly namespace?: string;
  readonly service: string;
  /** Default `web`; the names of the sections end with the name of any other port. */
  readonly port?: string;
  /** `address:port` */
  readonly bind: string;
  readonly nodePort: number;
  /** Further lines of the backend. */
  readonly lines?: readonly string[];
}

/** A config text written by hand: one frontend and one backend per Service, with the comments that name the Service. */
export function handWrittenText(nodes: readonly FleetNode[], services: readonly HandWritten[]): string {
  return [CONFIG_HEADER, ...services.map((service) => sections(nodes, service))].join('\n');
}

function sections(nodes: readonly FleetNode[], written: HandWritten): string {
  const { namespace = 'default', service, port = 'web', bind, nodePort, lines = [] } = written;
  const comment = formatSourceComment({ namespace, service, port });
  const name = port === 'web' ? service : `${service}-${port}`;
  const servers = nodes.map((node) => `  server ${node.name} ${node.address}:${String(nodePort)} check`);
  return [
    comment,
    `frontend ${name}`,
    '  mode http',
    '  option idle-close-on-response',
    `  bind ${bind}`,
    `  default_backend ${name}`,
    '',
    comment,
    `backend ${name}`,
    '  mode http',
    '  option redispatch',
    ...lines.map((line) => `  ${line}`),
    ...servers,
    '',
  ].join('\n');
}
