import { compareBy } from '@kubefigurator/config-model';
import type { Complaint, Diagnostic } from '../../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../../diagnostics/diagnostics.ts';
import { quoteUserText } from '../../diagnostics/quote.ts';
import type { Intent, Naming } from '../../intent/intent.ts';
import type { Draft } from '../../options/draft.ts';
import { createDraft } from '../../options/draft.ts';
import type { OptionTable } from '../../options/option.ts';
import type { Settled } from '../../options/settle.ts';
import { draftPort, namingOf, refusalByPortSettings, settleOptions } from '../../options/settle.ts';
import {
  checkObjectNames,
  diagnosticObject,
  distinctObjectsBy,
  isLabelName,
} from '../../snapshot/objects.ts';
import { rememberLast } from '../../remember.ts';
import type { TranslatorSettings } from '../../snapshot/settings.ts';
import type { ClusterSnapshot, PortRecord, ServiceRecord } from '../../snapshot/snapshot.ts';
import type { Reading } from '../dialect.ts';
import { collectAnnotations } from './annotations.ts';
import { misspeltHostname } from './misspelt-hostname.ts';
import { isServiceSelected, findNearMisses } from './near-miss.ts';
import type { PortOptions } from './port-options.ts';
import { createOptionReader, annotationKeyOfPort } from './port-options.ts';
import type { Report } from './ports.ts';
import { portLabel, portsWithoutNodePort, servablePorts } from './ports.ts';
import { unsupportedFields } from './unsupported-fields.ts';

/** Reads what every labelled Service asks for. */
export function readLabelledServices(
  { services }: ClusterSnapshot,
  settings: TranslatorSettings,
  options: OptionTable,
): Reading {
  const distinct = distinctObjectsBy(
    services.filter(isServiceSelected),
    (service) => `${service.namespace}/${service.name}`,
    'Service',
  );
  const named = checkObjectNames(distinct.kept, ({ namespace, name }) => ({
    kind: 'Service',
    namespace,
    name,
  }));
  const readings = [...named.valid].sort(byAge).map((service) => readOnce(service, settings, options));
  return {
    intents: readings.flatMap(({ intents }) => intents),
    namings: readings.flatMap(({ namings }) => namings),
    diagnostics: [
      ...services.flatMap(findNearMisses),
      ...distinct.diagnostics,
      ...named.diagnostics,
      ...readings.flatMap(({ diagnostics }) => diagnostics),
    ],
  };
}

/**
 * The order of claims. An object without a creation time isn't in a cluster yet (a manifest), so it is the youngest.
 * Of two objects of the same second the uid decides, since nobody can choose it: a name that sorts first gives no advantage.
 */
const byAge = compareBy<ServiceRecord>(
  (service) => service.createdAt ?? Infinity,
  (service) => (service.uid === undefined ? 1 : 0),
  (service) => service.uid ?? '',
  (service) => service.namespace,
  (service) => service.name,
);

function readService(service: ServiceRecord, settings: TranslatorSettings, options: OptionTable): Reading {
  const diagnostics: Diagnostic[] = [];
  const { namespace, name } = service;
  const report: Report = (complaint, port) => {
    const object = diagnosticObject({ kind: 'Service', namespace, name });
    diagnostics.push(createDiagnostic({ ...complaint, object, ...(port && { port: portLabel(port) }) }));
  };
  const annotations = collectAnnotations(service, options);
  for (const complaint of annotations.complaints) report(complaint);
  const servable = new Set<PortRecord>(servablePorts(service, report));
  const ports = service.ports.filter((port) => isLabelName(portLabel(port)));
  const readOptions = createOptionReader(annotations, settings);
  const readings = ports.map((port) => {
    const draft = draftOf(service, port);
    const read = readPort(draft, readOptions(port), {
      settings,
      misspelt: (intent) => misspeltHostname(annotations.misspeltHostnames, port, intent),
    });
    if (!servable.has(port)) return { ...read, intent: undefined };
    for (const complaint of read.complaints) report(complaint, port);
    return read;
  });
  const intents = readings.flatMap(({ intent }) => (intent === undefined ? [] : [intent]));
  for (const port of portsWithoutNodePort(service)) {
    const key = annotationKeyOfPort(annotations, port);
    if (key !== undefined) report(withoutNodePort(key), port);
  }
  if (intents.length > 0) for (const complaint of unsupportedFields(service)) report(complaint);
  const namings = readings.flatMap(({ naming }) => (naming === undefined ? [] : [naming]));
  return { intents, namings, diagnostics };
}

/** A record is the same object until the Service changes. */
const readOnce = rememberLast(readService);

interface PortReading {
  readonly intent: Intent | undefined;
  readonly naming: Naming | undefined;
  readonly complaints: readonly Complaint[];
}

function readPort(
  draft: Draft,
  read: PortOptions,
  {
    settings,
    misspelt,
  }: { readonly settings: TranslatorSettings; readonly misspelt: (intent: Intent) => Complaint | undefined },
): PortReading {
  const port = draftPort(draft, read.settings);
  const isReadable = read.unreadable.size === 0;
  const { intent, complaints } = isReadable ? settleOptions(port, settings) : NOTHING;
  const misspelling = intent && misspelt(intent);
  // The port still means a host name that is only misspelt: what it had stays reserved.
  const unreadable = misspelling === undefined ? read.unreadable : new Set([...read.unreadable, 'hostname']);
  const named = namingOf(port, unreadable);
  // No Service may have this listen port, so that nothing on it stays reserved either.
  const isRefused = named.port !== undefined && refusalByPortSettings(named.port, settings) !== undefined;
  return {
    intent: misspelling === undefined ? intent : undefined,
    naming: isRefused ? undefined : named,
    complaints: [...read.complaints, ...complaints, ...(misspelling === undefined ? [] : [misspelling])],
  };
}

const NOTHING: Settled = { complaints: [] };

function withoutNodePort(key: string): Complaint {
  const message = `${quoteUserText(key)} is for a port without a node port, which isn't served: give it a nodePort, or set spec.allocateLoadBalancerNodePorts to true`;
  return { code: 'no-node-port', message };
}

/** What the API server of an IPv4 cluster fills in if `spec.ipFamilies` is absent. */
const DEFAULT_FAMILIES = ['IPv4'] as const;

/** `nodePort` is 0 for a port without one, which isn't served. */
function draftOf({ namespace, name, ipFamilies }: ServiceRecord, port: PortRecord): Draft {
  const source = { namespace, service: name, port: portLabel(port) };
  const families = ipFamilies.length === 0 ? DEFAULT_FAMILIES : ipFamilies;
  return createDraft(source, { kind: 'nodes', families, nodePort: port.nodePort ?? 0 }, port.appProtocol);
}
