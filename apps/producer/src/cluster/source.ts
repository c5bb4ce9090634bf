import type { Health } from '@kubefigurator/daemon';
import type { ClusterSnapshot } from '@kubefigurator/translator';
import type { EventAccess } from './event-access.ts';

/** Resource versions by the name of a list. */
export type Versions = Readonly<Record<string, string>>;

/** Where the cluster's objects are observed: an API server or manifests. */
export interface ClusterSource {
  /**
   * All objects as they were last seen; undefined until every kind has been seen once, and after each list until it is known
   * of which cluster it is.
   */
  readonly snapshot: () => ClusterSnapshot | undefined;
  /** The uid of the cluster that was read last, after the lists of the snapshot; undefined for manifests. */
  readonly uid: () => string | undefined;
  /**
   * The resource versions of the snapshot, by the name of the list; none of a list that is just read again, and none of
   * manifests.
   */
  readonly versions: () => Versions;
  /** True once a snapshot is complete, otherwise what is missing. */
  readonly ready: () => Health;
  /**
   * When the source last answered, by `performance.now()`. Of several collections, that which answered longest ago
   * counts. Undefined until each has answered.
   */
  readonly lastProofOfLife: () => number | undefined;
  /**
   * When the newest complete list began, by `performance.now()`; of several collections, the one that is the oldest.
   * Undefined until each is complete. The snapshot is at least as new.
   */
  readonly listedAt: () => number | undefined;
  /** Reads everything again. */
  readonly refresh: () => void;
  /** Follows Namespaces too, from now on: without a policy that goes by their labels nobody needs them. */
  readonly followNamespaces: () => void;
  /** True once all Namespaces are known, otherwise what is missing. */
  readonly namespacesReady: () => Health;
  /** Absent if the source can't store Events. */
  readonly events?: EventAccess;
  /** Settles after the signal was aborted. */
  readonly done: Promise<void>;
}
