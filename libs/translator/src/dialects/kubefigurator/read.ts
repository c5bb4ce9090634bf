import { compareBy } from '@kubefigurator/config-model';
import type { Complaint, Diagnostic } from '../../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../../diagnostics/diagnostics.ts';
import { quote } from '../../diagnostics/quote.ts';
import type { Intent } from '../../intent/intent.ts';
import { createDraft } from '../../options/draft.ts';
import type { OptionTable } from '../../options/option.ts';
import { settle } from '../../options/settle.ts';
import { checkNames, diagnosticObject, distinctBy } from '../../snapshot/objects.ts';
import type { TranslatorSettings } from '../../snapshot/settings.ts';
import type { ClusterSnapshot, ServiceRecord } from '../../snapshot/snapshot.ts';
import type { Reading } from '../dialect.ts';
import { collectAnnotations } from './annotations.ts';
import { misspeltHostname } from './misspelt-hostname.ts';
import { isSelected, nearMiss } from './near-miss.ts';
import { keyNaming, readPortOptions } from './port-options.ts';
import type { Report, ServablePort } from './ports.ts';
import { portLabel, portsWithoutNodePort, servablePorts } from './ports.ts';
import { unsupportedFields } from './unsupported-fields.ts';

/** Reads what every labelled Service asks for. */
export function readServices(
  { services }: ClusterSnapshot,
  settings: TranslatorSettings,
  options: OptionTable,
): Reading {
  const distinct = distinctBy(
    services.filter(isSelected),
    (service) => `${service.namespace}/${service.name}`,
    'Service',
  );
  const named = checkNames(distinct.kept, ({ namespace, name }) => ({ kind: 'Service', namespace, name }));
  const readings = [...named.valid].sort(byAge).map((service) => readService(service, settings, options));
  return {
    intents: readings.flatMap(({ intents }) => intents),
    diagnostics: [
      ...services.flatMap(nearMiss),
      ...distinct.diagnostics,
      ...named.diagnostics,
      ...readings.flatMap(({ diagnostics }) => diagnostics),
    ],
  };
}

/** The order of claims. An object without a creation time isn't in a cluster yet (a manifest), so it is the youngest. */
const byAge = compareBy<ServiceRecord>(
  (service) => service.createdAt ?? Infinity,
  (service) => service.namespace,
  (service) => service.name,
);

function readService(service: ServiceRecord, settings: TranslatorSettings, options: OptionTable): Reading {
  const diagnostics: Diagnostic[] = [];
  const object = diagnosticObject({ kind: 'Service', namespace: service.namespace, name: service.name });
  const report: Report = (complaint, port) => {
    diagnostics.push(createDiagnostic({ ...complaint, object, ...(port && { port: portLabel(port) }) }));
  };
  const annotations = collectAnnotations(service, options);
  for (const complaint of annotations.complaints) report(complaint);
  const intents = servablePorts(service, report).flatMap((port): readonly Intent[] => {
    const read = readPortOptions(annotations, port, settings);
    for (const complaint of read.complaints) report(complaint, port);
    if (read.broken) return [];
    const { intent, complaints } = settle(draftOf(service, port), read.settings, settings);
    for (const complaint of complaints) report(complaint, port);
    if (intent === undefined) return [];
    const misspelt = misspeltHostname(annotations.misspeltHostnames, port, intent);
    if (misspelt === undefined) return [intent];
    report(misspelt, port);
    return [];
  });
  for (const port of portsWithoutNodePort(service)) {
    const key = keyNaming(annotations, port);
    if (key !== undefined) report(withoutNodePort(key), port);
  }
  if (intents.length > 0) for (const complaint of unsupportedFields(service)) report(complaint);
  return { intents, diagnostics };
}

function withoutNodePort(key: string): Complaint {
  const message = `${quote(key)} is for a port without a node port, which isn't served: give it a nodePort, or set spec.allocateLoadBalancerNodePorts to true`;
  return { code: 'no-node-port', message };
}

/** What the API server fills in where `spec.ipFamilies` is absent, in a cluster of IPv4. */
const DEFAULT_FAMILIES = ['IPv4'] as const;

function draftOf(
  { namespace, name, ipFamilies }: ServiceRecord,
  port: ServablePort,
): ReturnType<typeof createDraft> {
  const source = { namespace, service: name, port: portLabel(port) };
  const families = ipFamilies.length === 0 ? DEFAULT_FAMILIES : ipFamilies;
  return createDraft(source, { kind: 'nodes', families, nodePort: port.nodePort }, port.appProtocol);
}
