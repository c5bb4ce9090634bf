import { isClusterName, isUid } from '@kubefigurator/config-model';
import { type Signature, parseSignature } from '../guard/held-record.ts';
import { isTimestamp, parseJsonObject } from '../json-object.ts';

/** Which cluster a producer publishes. */
export interface Cluster {
  /** The value of `--cluster`; empty without it. */
  readonly name: string;
  /** The uid of the Namespace kube-system; undefined if manifests take the place of an API server. */
  readonly uid: string | undefined;
}

/** To which cluster a path belongs, as etcd holds it. */
export interface Owner extends Cluster {
  /** Who has given the path to this cluster; undefined if the first publication has. */
  readonly takenOver: Signature | undefined;
  /** The uid of the cluster to which it belonged before, if `take-over` named the new one by its name alone. */
  readonly formerUid: string | undefined;
  /** When the first publication took the path, ISO 8601 in UTC; undefined if an older producer did. */
  readonly since?: string | undefined;
}

/** Whose the path of a publication is. */
export type Ownership =
  /**
   * The path is this cluster's, or nobody's; the publication writes `put` to the owner key, or leaves it if that is
   * undefined.
   */
  | { readonly kind: 'ours'; readonly put: Owner | undefined }
  | { readonly kind: 'theirs'; readonly owner: Owner }
  /** The key holds something that no producer has written. */
  | { readonly kind: 'unreadable' };

/** Whose path it is, by what the owner key holds; `value` is undefined if there is no such key. */
export function judgeOwner(value: string | undefined, cluster: Cluster): Ownership {
  if (value === undefined)
    return { kind: 'ours', put: { ...cluster, takenOver: undefined, formerUid: undefined } };
  const owner = parseOwner(value);
  if (owner === undefined) return { kind: 'unreadable' };
  if (!isSameCluster(owner, cluster)) return { kind: 'theirs', owner };
  const uid = cluster.uid ?? owner.uid;
  // Producers of one cluster may read its API server or its manifests, in turn; only one that knows the uid may
  // correct the name.
  const name = cluster.uid === undefined ? owner.name : cluster.name;
  if (uid === owner.uid && name === owner.name) return { kind: 'ours', put: undefined };
  return { kind: 'ours', put: { ...owner, uid, name, formerUid: undefined } };
}

/**
 * True if a path of this owner may be published from this cluster: the uid decides if both have one, and otherwise
 * the name. After a `take-over` by name alone, the cluster that had the path before doesn't get it back by having the
 * same name.
 */
export function isSameCluster(owner: Owner, { name, uid }: Cluster): boolean {
  if (owner.uid !== undefined && uid !== undefined) return owner.uid === uid;
  return owner.name === name && name !== '' && (uid === undefined || uid !== owner.formerUid);
}

/** As etcd holds it: JSON without the fields that are undefined. */
export function formatOwner({ name, uid, takenOver, formerUid, since }: Owner): string {
  return JSON.stringify({ cluster: name, uid, takenOver, formerUid, since });
}

/** Reads what `formatOwner` writes; undefined for anything else, since a person may have written it. */
export function parseOwner(text: string): Owner | undefined {
  const { cluster, uid, takenOver, formerUid, since } = parseJsonObject(text);
  if (typeof cluster !== 'string' || !isClusterName(cluster)) return undefined;
  const isAbsentOrUid = (given: unknown): boolean =>
    given === undefined || (typeof given === 'string' && isUid(given));
  if (!isAbsentOrUid(uid) || !isAbsentOrUid(formerUid)) return undefined;
  const namesNoCluster = cluster === '' && uid === undefined;
  if (namesNoCluster) return undefined;
  return {
    name: cluster,
    uid: uid as string | undefined,
    formerUid: formerUid as string | undefined,
    takenOver: takenOver === undefined ? undefined : parseSignature(JSON.stringify(takenOver)),
    ...(isTimestamp(since) ? { since } : {}),
  };
}

/** `cluster "nyc1" (uid 5c1e…)`, for messages. */
export function describeCluster({ name, uid }: Cluster): string {
  const words = name === '' ? 'a cluster without a name' : `cluster "${name}"`;
  return uid === undefined ? words : `${words} (uid ${uid})`;
}
