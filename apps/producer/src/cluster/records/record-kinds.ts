import { type ClusterSnapshot, concernsAnyDialect } from '@kubefigurator/translator';
import type { FieldError } from './fields.ts';
import {
  type ConfigMapRecord,
  normalizeConfigMap,
  normalizeNamespace,
  normalizeNode,
  normalizeService,
} from './normalize.ts';

/** One kind of object that the producer observes, and how its objects become records of the snapshot. */
export interface RecordKind<T> {
  /** As in manifests: `v1`, `discovery.k8s.io/v1`. */
  readonly apiVersion: string;
  /** As in manifests, diagnostics and Events: `Service`. */
  readonly kind: string;
  /** True if objects of this kind are written again and again without a change, as kubelets do it with Nodes. */
  readonly hasHeartbeats?: boolean;
  /** As in the paths of the API: `services`. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** Throws a {@link FieldError} if a field isn't what the API says. */
  readonly normalize: (object: unknown) => T;
  /**
   * Whether a record can change the config or a diagnostic; the others aren't kept, so their changes cause no pass.
   * A method, since only the types of methods let the kinds of different records stand in one list.
   */
  concerns(record: T): boolean;
  /** What is logged about an object that can't be read. A kind with secret fields must leave their values out. */
  readonly explain: (error: FieldError) => string;
}

type Field = keyof ClusterSnapshot;
type Records<F extends Field> = NonNullable<ClusterSnapshot[F]>;
/** A record of any kind. */
export type ClusterRecord = Records<Field>[number];

/** All kinds, by their field of the snapshot. A new kind is one row here. */
const ROWS: { readonly [F in Field]-?: RecordKind<Records<F>[number]> } = {
  services: {
    apiVersion: 'v1',
    kind: 'Service',
    resource: 'services',
    namespaced: true,
    normalize: normalizeService,
    concerns: concernsAnyDialect,
    explain: ({ message }) => message,
  },
  nodes: {
    apiVersion: 'v1',
    kind: 'Node',
    hasHeartbeats: true,
    resource: 'nodes',
    namespaced: false,
    normalize: normalizeNode,
    concerns: () => true,
    explain: ({ message }) => message,
  },
  namespaces: {
    apiVersion: 'v1',
    kind: 'Namespace',
    resource: 'namespaces',
    namespaced: false,
    normalize: normalizeNamespace,
    concerns: () => true,
    explain: ({ message }) => message,
  },
};

/** Listed and watched only if a policy has rules by labels; without such rules the right to list it isn't needed. */
export const NAMESPACE_KIND: RecordKind<ClusterRecord> = ROWS.namespaces;

/** Not part of the snapshot: only the ConfigMap that holds the policy is read, by its name. */
export const CONFIG_MAP_KIND: RecordKind<ConfigMapRecord> = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  resource: 'configmaps',
  namespaced: true,
  normalize: normalizeConfigMap,
  concerns: () => true,
  explain: ({ message }) => message,
};

/**
 * The kinds of the snapshot. Their record types are lost here, so `concerns` of a kind must only be called with what
 * `normalize` of the same kind returned.
 */
export const RECORD_KINDS: readonly RecordKind<ClusterRecord>[] = Object.values(ROWS);

/** A snapshot of the records that `recordsOf` gives for each kind. */
export function snapshotOf(
  recordsOf: (kind: RecordKind<ClusterRecord>) => readonly ClusterRecord[],
): ClusterSnapshot {
  const fields = Object.entries(ROWS).map(([field, kind]) => [field, recordsOf(kind)]);
  // Object.fromEntries loses the type of each field; the type of ROWS makes sure that no field is missing.
  return Object.fromEntries(fields) as ClusterSnapshot;
}
