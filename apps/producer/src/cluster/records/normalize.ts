import type {
  IpFamily,
  NamespaceRecord,
  NodeRecord,
  PortRecord,
  ServiceRecord,
} from '@kubefigurator/translator';
import type { Fields } from './fields.ts';
import { FieldError, fieldsOf, listOf, portOf, requiredTextOf, textMapOf, textOf } from './fields.ts';
import { metadataOf, namespaceOf, uidOf } from './metadata.ts';

/** Our copy of a v1 Service; throws a {@link FieldError} if a field isn't what the API says. */
export function normalizeService(object: unknown): ServiceRecord {
  const { spec } = fieldsOf(object, 'object');
  const meta = metadataOf(object);
  const { type, ipFamilies, ports } = fieldsOf(spec, 'spec');
  return {
    namespace: namespaceOf(meta['namespace']),
    name: requiredTextOf(meta['name'], 'metadata.name'),
    createdAt: createdAt(meta),
    ...identity(object),
    type: textOf(type, 'spec.type') ?? 'ClusterIP',
    labels: textMapOf(meta['labels'], 'metadata.labels'),
    annotations: textMapOf(meta['annotations'], 'metadata.annotations'),
    ipFamilies: families(ipFamilies),
    ports: listOf(ports, 'spec.ports').map(normalizePort),
    ...rareFields(fieldsOf(spec, 'spec')),
  };
}

function identity(object: unknown): Pick<ServiceRecord, 'uid'> {
  const uid = uidOf(object);
  return uid === undefined ? {} : { uid };
}

/** Fields that most Services don't have; absent rather than undefined, so that their records stay small. */
function rareFields(
  spec: Fields,
): Pick<ServiceRecord, 'loadBalancerSourceRanges' | 'sessionAffinity' | 'externalTrafficPolicy'> {
  const ranges = listOf(spec['loadBalancerSourceRanges'], 'spec.loadBalancerSourceRanges').map(
    (range, index) => requiredTextOf(range, `spec.loadBalancerSourceRanges[${index}]`),
  );
  const sessionAffinity = textOf(spec['sessionAffinity'], 'spec.sessionAffinity');
  const externalTrafficPolicy = textOf(spec['externalTrafficPolicy'], 'spec.externalTrafficPolicy');
  return {
    ...(ranges.length === 0 ? {} : { loadBalancerSourceRanges: ranges }),
    // The API server fills these defaults in.
    ...(sessionAffinity === undefined || sessionAffinity === 'None' ? {} : { sessionAffinity }),
    ...(externalTrafficPolicy === undefined || externalTrafficPolicy === 'Cluster'
      ? {}
      : { externalTrafficPolicy }),
  };
}

/** Our copy of a v1 Node, without what changes at every heartbeat; throws like `normalizeService`. */
export function normalizeNode(object: unknown): NodeRecord {
  const { spec, status } = fieldsOf(object, 'object');
  const meta = metadataOf(object);
  return {
    name: requiredTextOf(meta['name'], 'metadata.name'),
    labels: textMapOf(meta['labels'], 'metadata.labels'),
    addresses: addresses(fieldsOf(status, 'status')['addresses']),
    taints: taints(fieldsOf(spec, 'spec')['taints']),
    deleting: textOf(meta['deletionTimestamp'], 'metadata.deletionTimestamp') !== undefined,
  };
}

/** Our copy of a v1 Namespace; throws like `normalizeService`. */
export function normalizeNamespace(object: unknown): NamespaceRecord {
  const meta = metadataOf(object);
  return {
    name: requiredTextOf(meta['name'], 'metadata.name'),
    labels: textMapOf(meta['labels'], 'metadata.labels'),
  };
}

/** The texts of a v1 ConfigMap by their keys. */
export interface ConfigMapRecord {
  readonly data: ReadonlyMap<string, string>;
}

/** Our copy of a v1 ConfigMap; throws like `normalizeService`. */
export function normalizeConfigMap(object: unknown): ConfigMapRecord {
  const { data } = fieldsOf(object, 'object');
  return { data: textMapOf(data, 'data') };
}

function normalizePort(port: unknown, index: number): PortRecord {
  const path = `spec.ports[${index}]`;
  const fields = fieldsOf(port, path);
  const number = portOf(fields['port'], `${path}.port`);
  if (number === undefined) throw new FieldError(`${path}.port`, 'is missing');
  const appProtocol = textOf(fields['appProtocol'], `${path}.appProtocol`);
  return {
    name: textOf(fields['name'], `${path}.name`),
    number,
    protocol: textOf(fields['protocol'], `${path}.protocol`) ?? 'TCP',
    nodePort: portOf(fields['nodePort'], `${path}.nodePort`),
    ...(appProtocol === undefined ? {} : { appProtocol }),
  };
}

function createdAt(meta: Fields): number | undefined {
  const text = textOf(meta['creationTimestamp'], 'metadata.creationTimestamp');
  if (text === undefined) return undefined;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds))
    throw new FieldError('metadata.creationTimestamp', 'must be a time like 2026-01-31T12:00:00Z');
  return Math.floor(milliseconds / 1000);
}

function families(value: unknown): readonly IpFamily[] {
  const named = listOf(value, 'spec.ipFamilies').filter(
    (family): family is IpFamily => family === 'IPv4' || family === 'IPv6',
  );
  return named.length === 0 ? ['IPv4'] : named;
}

/** Entries without an address are left out: the API server doesn't validate what kubelets and cloud controllers write. */
function addresses(value: unknown): NodeRecord['addresses'] {
  return listOf(value, 'status.addresses').flatMap((entry, index) => {
    const path = `status.addresses[${index}]`;
    const fields = fieldsOf(entry, path);
    const [type, address] = [
      textOf(fields['type'], `${path}.type`),
      textOf(fields['address'], `${path}.address`),
    ];
    return type === undefined || address === undefined ? [] : [{ type, address }];
  });
}

function taints(value: unknown): readonly string[] {
  return listOf(value, 'spec.taints').map((taint, index) => {
    const path = `spec.taints[${index}]`;
    return requiredTextOf(fieldsOf(taint, path)['key'], `${path}.key`);
  });
}
