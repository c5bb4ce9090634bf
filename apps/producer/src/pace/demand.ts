import { takesServersAtRunTime } from '@kubefigurator/haproxy-config';
import { type Intent, read, type ServiceRecord, type TranslatorSettings } from '@kubefigurator/translator';

/** What a Service asks for, as far as HAProxy needs a reload for it; equal texts ask for the same. */
export type DemandOf = (service: ServiceRecord) => string;

/** The demand of a Service that asks for nothing, which is that of one that isn't there. */
export const NO_DEMAND = demandIn([], []);

/** Reads each record once, as long as it is in memory. */
export function createDemands(settings: TranslatorSettings): DemandOf {
  const known = new WeakMap<ServiceRecord, string>();
  return (service) => {
    const demand = known.get(service) ?? demandOf(service, settings);
    known.set(service, demand);
    return demand;
  };
}

function demandOf(service: ServiceRecord, settings: TranslatorSettings): string {
  const { intents, namings } = read({ services: [service], nodes: [] }, settings);
  return demandIn(intents.map(withoutNodePort), namings);
}

function demandIn(intents: readonly unknown[], namings: readonly unknown[]): string {
  return JSON.stringify([intents, namings]);
}

/** Another node port gives servers another port, for which HAProxy needs no reload unless the algorithm does. */
function withoutNodePort(intent: Intent): Intent {
  const { servers, backend } = intent;
  if (servers.kind !== 'nodes' || !takesServersAtRunTime(backend.balance[0] ?? '')) return intent;
  return { ...intent, servers: { ...servers, nodePort: 0 } };
}

/**
 * The earlier record with the node ports of the later one, so that a Service whose change waits keeps its servers. It is
 * the earlier record itself if they are the same, or if HAProxy would need a reload for them.
 */
export function withNodePortsOf(
  earlier: ServiceRecord,
  later: ServiceRecord,
  demandOf: DemandOf,
): ServiceRecord {
  const nodePorts = new Map(later.ports.map((port) => [placeOf(port), port.nodePort]));
  let differs = false;
  const ports = earlier.ports.map((port) => {
    const nodePort = nodePorts.get(placeOf(port)) ?? port.nodePort;
    differs ||= nodePort !== port.nodePort;
    return { ...port, nodePort };
  });
  if (!differs) return earlier;
  const merged = { ...earlier, ports };
  return demandOf(merged) === demandOf(earlier) ? merged : earlier;
}

function placeOf({ name, number, protocol }: ServiceRecord['ports'][number]): string {
  return JSON.stringify([name, number, protocol]);
}
