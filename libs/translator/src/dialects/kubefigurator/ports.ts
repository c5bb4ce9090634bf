import type { Complaint } from '../../diagnostics/diagnostics.ts';
import { displayName } from '../../diagnostics/quote.ts';
import { isLabelName, isPortNumber } from '../../snapshot/objects.ts';
import type { PortRecord, ServiceRecord } from '../../snapshot/snapshot.ts';

const SERVED_TYPES = new Set(['NodePort', 'LoadBalancer']);

/** Reports what is wrong with a Service, or with one port of it. */
export type Report = (complaint: Complaint, port?: PortRecord) => void;
export type ServablePort = PortRecord & { readonly nodePort: number };

/** A port's name; undefined if it has none. */
export function portName(port: PortRecord): string | undefined {
  return port.name === '' ? undefined : port.name;
}

/** A port's name, or its number if it has none; for messages and names in the config. */
export function portLabel(port: PortRecord): string {
  const name = portName(port);
  return name === undefined ? String(port.number) : displayName(name);
}

function nothingToServe(service: ServiceRecord): Complaint {
  const message = SERVED_TYPES.has(service.type)
    ? 'the Service is enabled, but none of its ports is TCP and has a node port'
    : `the Service is enabled, but of type ${displayName(service.type)}: only NodePort and LoadBalancer have node ports`;
  return { code: 'nothing-to-serve', message };
}

/**
 * The TCP ports with a node port; none if the type of the Service has no node ports. Reports ports of other protocols and
 * invalid or duplicate ones, and the Service if no TCP port of it has a node port. Single TCP ports without a node port
 * aren't reported here: `portsWithoutNodePort` finds them.
 */
export function servablePorts(service: ServiceRecord, report: Report): ServablePort[] {
  for (const port of service.ports) if (port.protocol !== 'TCP') report(unsupported(port), port);
  const candidates = service.ports.filter((port): port is ServablePort => isServable(service, port));
  if (candidates.length === 0) report(nothingToServe(service));
  const seen = new Set<string>();
  return candidates.filter((port) => {
    const problem = portProblem(port, seen);
    if (problem !== undefined) report(problem, port);
    return problem === undefined;
  });
}

/** The TCP ports without a node port; none if the type of the Service has no node ports at all. */
export function portsWithoutNodePort({ type, ports }: ServiceRecord): PortRecord[] {
  if (!SERVED_TYPES.has(type)) return [];
  return ports.filter(({ protocol, nodePort }) => protocol === 'TCP' && nodePort === undefined);
}

function isServable(service: ServiceRecord, port: PortRecord): boolean {
  return port.protocol === 'TCP' && port.nodePort !== undefined && SERVED_TYPES.has(service.type);
}

function unsupported(port: PortRecord): Complaint {
  const message = `port ${port.number} is ${displayName(port.protocol)}, and HAProxy serves TCP: the port is left out`;
  return { code: 'unsupported-protocol', message };
}

/** What an API server would have refused, so that only manifests have it; undefined if the port is fine, then added to `seen`. */
function portProblem(port: ServablePort, seen: Set<string>): Complaint | undefined {
  const label = portLabel(port);
  if (!isPortNumber(port.number) || !isPortNumber(port.nodePort) || !isLabelName(label)) {
    const message =
      'the port has a name, number or nodePort that Kubernetes would not accept; it is left out';
    return { code: 'invalid-object', message };
  }
  if (seen.has(label)) {
    return { code: 'duplicate-object', message: 'a second port of this name; rename one of them' };
  }
  seen.add(label);
  return undefined;
}
