import {
  annotationsOfAnyDialect,
  type IpFamily,
  isKeyOfAnyDialect,
  type NamespaceRecord,
  type NodeRecord,
  type PortRecord,
  type ServiceRecord,
} from '@kubefigurator/translator';
import type { Fields } from './fields.ts';
import {
  FieldError,
  objectFields,
  listField,
  portField,
  requiredTextField,
  textMapField,
  textField,
} from './fields.ts';
import { metadataOf, namespaceOf, uidOf } from './metadata.ts';

/**
 * Our copy of a v1 Service; throws a {@link FieldError} if a field isn't what the API says. Labels and annotations that
 * nobody reads are left out, such as all annotations of ours on a Service that isn't selected: a Service may have 50,000
 * of them, which take megabytes.
 */
export function normalizeService(object: unknown): ServiceRecord {
  const { spec } = objectFields(object, 'object');
  const meta = metadataOf(object);
  const { type, ipFamilies, ports } = objectFields(spec, 'spec');
  const labels = ourEntries(meta, 'labels', isRead);
  return {
    namespace: namespaceOf(meta['namespace']),
    name: requiredTextField(meta['name'], 'metadata.name'),
    createdAt: createdAt(meta),
    ...identity(object),
    type: textField(type, 'spec.type') ?? 'ClusterIP',
    labels,
    annotations: ourEntries(meta, 'annotations', annotationsOfAnyDialect(labels)),
    ipFamilies: families(ipFamilies),
    ports: listField(ports, 'spec.ports').map(normalizePort),
    ...rareFields(objectFields(spec, 'spec')),
  };
}

/** 200 ports with ten options each; every key costs memory, and time in each pass that reads the Service. */
const MOST_KEYS = 2_000;
const isRead = (key: string): boolean => isKeyOfAnyDialect(key);

function ourEntries(
  meta: Fields,
  field: 'labels' | 'annotations',
  isWanted: (key: string) => boolean,
): ReadonlyMap<string, string> {
  const path = `metadata.${field}`;
  const entries = textMapField(meta[field], path, isWanted);
  if (entries.size <= MOST_KEYS) return entries;
  throw new FieldError(
    path,
    `has ${String(entries.size)} keys of ours; at most ${String(MOST_KEYS)} are read`,
  );
}

function identity(object: unknown): Pick<ServiceRecord, 'uid'> {
  const uid = uidOf(object);
  return uid === undefined ? {} : { uid };
}

/** Fields that most Services don't have; absent rather than undefined, so that their records stay small. */
function rareFields(
  spec: Fields,
): Pick<ServiceRecord, 'loadBalancerSourceRanges' | 'sessionAffinity' | 'externalTrafficPolicy'> {
  const ranges = listField(spec['loadBalancerSourceRanges'], 'spec.loadBalancerSourceRanges').map(
    (range, index) => requiredTextField(range, `spec.loadBalancerSourceRanges[${index}]`),
  );
  const sessionAffinity = textField(spec['sessionAffinity'], 'spec.sessionAffinity');
  const externalTrafficPolicy = textField(spec['externalTrafficPolicy'], 'spec.externalTrafficPolicy');
  return {
    ...(ranges.length === 0 ? {} : { loadBalancerSourceRanges: ranges }),
    // The API server fills in the defaults `None` and `Cluster`, so they say nothing.
    ...(sessionAffinity === undefined || sessionAffinity === 'None' ? {} : { sessionAffinity }),
    ...(externalTrafficPolicy === undefined || externalTrafficPolicy === 'Cluster'
      ? {}
      : { externalTrafficPolicy }),
  };
}

/** Our copy of a v1 Node, without what changes at every heartbeat; throws like `normalizeService`. */
export function normalizeNode(object: unknown): NodeRecord {
  const { spec, status } = objectFields(object, 'object');
  const meta = metadataOf(object);
  return {
    name: requiredTextField(meta['name'], 'metadata.name'),
    labels: textMapField(meta['labels'], 'metadata.labels'),
    addresses: addresses(objectFields(status, 'status')['addresses']),
    taints: taints(objectFields(spec, 'spec')['taints']),
    deleting: textField(meta['deletionTimestamp'], 'metadata.deletionTimestamp') !== undefined,
  };
}

/** Our copy of a v1 Namespace; throws like `normalizeService`. */
export function normalizeNamespace(object: unknown): NamespaceRecord {
  const meta = metadataOf(object);
  return {
    name: requiredTextField(meta['name'], 'metadata.name'),
    labels: textMapField(meta['labels'], 'metadata.labels'),
  };
}

/** The texts of a v1 ConfigMap by their keys. */
export interface ConfigMapRecord {
  readonly data: ReadonlyMap<string, string>;
  /** Absent if the API server doesn't say it. */
  readonly resourceVersion?: string;
}

/** Our copy of a v1 ConfigMap; throws like `normalizeService`. */
export function normalizeConfigMap(object: unknown): ConfigMapRecord {
  const { data, metadata } = objectFields(object, 'object');
  const { resourceVersion } = objectFields(metadata, 'metadata');
  const version = textField(resourceVersion, 'metadata.resourceVersion');
  return { data: textMapField(data, 'data'), ...(version === undefined ? {} : { resourceVersion: version }) };
}

function normalizePort(port: unknown, index: number): PortRecord {
  const path = `spec.ports[${index}]`;
  const fields = objectFields(port, path);
  const number = portField(fields['port'], `${path}.port`);
  if (number === undefined) throw new FieldError(`${path}.port`, 'is missing');
  const appProtocol = textField(fields['appProtocol'], `${path}.appProtocol`);
  return {
    name: textField(fields['name'], `${path}.name`),
    number,
    protocol: textField(fields['protocol'], `${path}.protocol`) ?? 'TCP',
    nodePort: portField(fields['nodePort'], `${path}.nodePort`),
    ...(appProtocol === undefined ? {} : { appProtocol }),
  };
}

/** In seconds since 1970; undefined for an object of a manifest that doesn't say it. */
function createdAt(meta: Fields): number | undefined {
  const text = textField(meta['creationTimestamp'], 'metadata.creationTimestamp');
  if (text === undefined) return undefined;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds))
    throw new FieldError('metadata.creationTimestamp', 'must be a time like 2026-01-31T12:00:00Z');
  return Math.floor(milliseconds / 1000);
}

/** Families other than IPv4 and IPv6 are left out; without any, a Service has IPv4. */
function families(value: unknown): readonly IpFamily[] {
  const named = listField(value, 'spec.ipFamilies').filter(
    (family): family is IpFamily => family === 'IPv4' || family === 'IPv6',
  );
  return named.length === 0 ? ['IPv4'] : named;
}

/** Entries without an address are left out: the API server doesn't validate what kubelets and cloud controllers write. */
function addresses(value: unknown): NodeRecord['addresses'] {
  return listField(value, 'status.addresses').flatMap((entry, index) => {
    const path = `status.addresses[${index}]`;
    const fields = objectFields(entry, path);
    const [type, address] = [
      textField(fields['type'], `${path}.type`),
      textField(fields['address'], `${path}.address`),
    ];
    return type === undefined || address === undefined ? [] : [{ type, address }];
  });
}

/** The keys of the taints. */
function taints(value: unknown): readonly string[] {
  return listField(value, 'spec.taints').map((taint, index) => {
    const path = `spec.taints[${index}]`;
    return requiredTextField(objectFields(taint, path)['key'], `${path}.key`);
  });
}
