import type { Diagnostic } from '@kubefigurator/config-model';
import { compareBy, compareText, createDiagnostic } from '@kubefigurator/config-model';
import { ENABLING_LABEL, isPortNumber } from './annotations.ts';
import { isOurs, OUR_NAME } from './dialects/kubefigurator/concerns.ts';
import { createIntent } from './intent.ts';
import { poolNodes } from './nodes.ts';
import { checkNames, diagnosticObject, distinctBy, isLabelName } from './objects.ts';
import type { Complaint } from './options.ts';
import { collectOptions, portName, readPortOptions } from './options.ts';
import { displayName, quote } from './quote.ts';
import type { TranslatorSettings } from './settings.ts';
import type { ClusterSnapshot, PortRecord, ServiceRecord } from './snapshot.ts';
import type { PortIntent, Translation } from './translation.ts';

/** Values of the enabling label that say no; every other one is a near miss. */
const DISABLING = new Set(['', 'no', 'false']);
const SERVED_TYPES = new Set(['NodePort', 'LoadBalancer']);

type Report = (finding: Complaint, port?: PortRecord) => void;
type ServablePort = PortRecord & { readonly nodePort: number };

/** Reads what every Service asks for, and which Nodes answer. Nobody gives way to anybody here. */
export function translate(snapshot: ClusterSnapshot, settings: TranslatorSettings): Translation {
  const selected = snapshot.services.filter(isSelected);
  const distinct = distinctBy(selected, (service) => `${service.namespace}/${service.name}`, 'Service');
  const named = checkNames(distinct.kept, ({ namespace, name }) => ({ kind: 'Service', namespace, name }));
  const diagnostics: Diagnostic[] = [
    ...snapshot.services.flatMap(nearMiss),
    ...distinct.diagnostics,
    ...named.diagnostics,
  ];
  const intents = [...named.valid]
    .sort(byAge)
    .flatMap((service) => translateService(service, settings, diagnostics));
  const pools = poolNodes(snapshot.nodes, new Set(intents.map((intent) => intent.family)), settings);
  return { intents, nodes: pools.nodes, diagnostics: [...diagnostics, ...pools.diagnostics] };
}

/** The order of claims. An object without a creation time hasn't been created yet: it is the youngest. */
const byAge = compareBy<ServiceRecord>(
  (service) => service.createdAt ?? Infinity,
  (service) => service.namespace,
  (service) => service.name,
);

function isSelected(service: ServiceRecord): boolean {
  return service.labels.get(ENABLING_LABEL.key) === ENABLING_LABEL.value;
}

/** The labels and annotations of a Service that look like the enabling label and enable nothing. */
function nearMiss(service: ServiceRecord): Diagnostic[] {
  const enabled = isSelected(service);
  const message = enabled ? strayLabelOf(service) : nearMissOf(service);
  if (message === undefined) return [];
  const object = diagnosticObject({ kind: 'Service', namespace: service.namespace, name: service.name });
  return [createDiagnostic({ code: 'near-miss-label', object, message })];
}

/** A label beside the enabling one whose key differs from our prefix in letter case only. */
function strayLabelOf({ labels }: ServiceRecord): string | undefined {
  const stray = smallest([...labels.keys()].filter((key) => isOurs(key) && !key.startsWith(OUR_NAME)));
  return stray === undefined
    ? undefined
    : `there is a label ${quote(stray)}, which has no effect; the label that counts is ${ENABLING_LABEL.key}`;
}

function nearMissOf({ labels, annotations }: ServiceRecord): string | undefined {
  const right = quote(ENABLING_LABEL.value);
  const label = labels.get(ENABLING_LABEL.key);
  if (label !== undefined) {
    return DISABLING.has(label.toLowerCase())
      ? undefined
      : `the label ${ENABLING_LABEL.key} is ${quote(label)}, which enables nothing; give it the value ${right}`;
  }
  const annotation = smallest(
    [...annotations].flatMap(([key, text]) =>
      key.toLowerCase() === ENABLING_LABEL.key && text === ENABLING_LABEL.value ? key : [],
    ),
  );
  if (annotation !== undefined) {
    return annotation === ENABLING_LABEL.key
      ? `${ENABLING_LABEL.key} is an annotation here, which enables nothing; make it a label with the value ${right}`
      : `there is an annotation ${quote(annotation)}, which enables nothing; did you mean the label ${ENABLING_LABEL.key} with the value ${right}?`;
  }
  const similar = smallest([...labels.keys()].filter(isOurs));
  if (similar === undefined) return undefined;
  return `there is a label ${quote(similar)}, which enables nothing; did you mean the label ${ENABLING_LABEL.key} with the value ${right}?`;
}

function smallest(texts: readonly string[]): string | undefined {
  return [...texts].sort(compareText)[0];
}

function translateService(
  service: ServiceRecord,
  settings: TranslatorSettings,
  diagnostics: Diagnostic[],
): PortIntent[] {
  const object = diagnosticObject({ kind: 'Service', namespace: service.namespace, name: service.name });
  const report: Report = (finding, port) => {
    diagnostics.push(createDiagnostic({ ...finding, object, ...(port && { port: portLabel(port) }) }));
  };
  const options = collectOptions(service);
  for (const complaint of options.complaints) report(complaint);
  return servablePorts(service, report).flatMap((port) => {
    const { values, findings, broken } = readPortOptions(options, port, settings);
    for (const finding of findings) report(finding, port);
    if (broken) return [];
    const source = { namespace: service.namespace, service: service.name, port: portLabel(port) };
    const { intent, finding } = createIntent(values, { source, service, port, settings });
    if (finding !== undefined) report(finding, port);
    return intent ?? [];
  });
}

/** A port as people call it: its name, or its number. */
function portLabel(port: PortRecord): string {
  const name = portName(port);
  return name === undefined ? String(port.number) : displayName(name);
}

function nothingToServe(service: ServiceRecord): Complaint {
  const message = SERVED_TYPES.has(service.type)
    ? 'the Service is enabled, but none of its ports is TCP and has a node port'
    : `the Service is enabled, but of type ${displayName(service.type)}: only NodePort and LoadBalancer have node ports`;
  return { code: 'nothing-to-serve', message };
}

/** The ports that have what it takes; one without a node port is no mistake, but all of them without one are. */
function servablePorts(service: ServiceRecord, report: Report): ServablePort[] {
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

function isServable(service: ServiceRecord, port: PortRecord): boolean {
  return port.protocol === 'TCP' && port.nodePort !== undefined && SERVED_TYPES.has(service.type);
}

function unsupported(port: PortRecord): Complaint {
  const message = `port ${port.number} is ${displayName(port.protocol)}, and HAProxy serves TCP: the port is left out`;
  return { code: 'unsupported-protocol', message };
}

/** What an API server would have refused, seen in manifests only. */
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
