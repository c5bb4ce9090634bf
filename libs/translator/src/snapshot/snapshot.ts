import type { IpFamily } from '@kubefigurator/config-model';

export type { IpFamily };

/** All objects that the producer uses, at one moment, with only the fields that can change the config or a diagnostic. */
export interface ClusterSnapshot {
  readonly services: readonly ServiceRecord[];
  readonly nodes: readonly NodeRecord[];
  /** Absent unless a policy selects namespaces by labels: nothing else needs them. */
  readonly namespaces?: readonly NamespaceRecord[];
}

/** Our copy of a Namespace. */
export interface NamespaceRecord {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** Our copy of a Service. Labels and annotations are Maps: in an object, the key `__proto__` would be special. */
export interface ServiceRecord {
  readonly namespace: string;
  readonly name: string;
  /** Seconds since 1970 of `metadata.creationTimestamp`; undefined if there is none, as in manifests. */
  readonly createdAt: number | undefined;
  /** `metadata.uid`; absent in most manifests. */
  readonly uid?: string;
  /** `spec.type`; ClusterIP if absent. */
  readonly type: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** `spec.ipFamilies`; IPv4 alone if absent. */
  readonly ipFamilies: readonly IpFamily[];
  readonly ports: readonly PortRecord[];
  /** This and the next two fields are as in `spec`; they are absent also if `spec` has the default or an empty list. */
  readonly loadBalancerSourceRanges?: readonly string[];
  readonly sessionAffinity?: string;
  readonly externalTrafficPolicy?: string;
}

/** One entry of `spec.ports`. */
export interface PortRecord {
  readonly name: string | undefined;
  readonly number: number;
  /** `TCP` if absent. */
  readonly protocol: string;
  readonly nodePort: number | undefined;
  /** As `spec` has it, known to us or not; absent if the port has none. */
  readonly appProtocol?: string | undefined;
}

/** Our copy of a Node: heartbeats, conditions and images are not in it, so they never cause a pass. */
export interface NodeRecord {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** `status.addresses` in their order. */
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
  /** Keys of `spec.taints`. */
  readonly taints: readonly string[];
  /** True once `metadata.deletionTimestamp` is set. */
  readonly deleting: boolean;
}
