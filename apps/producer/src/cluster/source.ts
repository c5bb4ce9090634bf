import type { Health } from '@kubefigurator/daemon';
import type { ClusterSnapshot } from '@kubefigurator/translator';
import type { EventAccess } from './event-access.ts';

/** Resource versions by the name of a list. */
export type Versions = Readonly<Record<string, string>>;

/** Where the cluster's objects are observed: an API server or manifests. */
export interface ClusterSource {
  /**
   * All objects as they were last seen. Undefined until every kind has been listed once, and after each list until the
   * uid of the cluster has been read again: another cluster may be behind the address by then.
   */
  readonly snapshot: () => ClusterSnapshot | undefined;
  /** The cluster's uid as it was last read, after the lists of the snapshot; undefined before, and for manifests. */
  readonly uid: () => string | undefined;
  /**
   * The resource versions of the snapshot, by the name of the list, also while it is read again. A list that wasn't read yet is
   * left out; manifests have none.
   */
  readonly versions: () => Versions;
  /** True once a snapshot is complete, otherwise what is missing. */
  readonly ready: () => Health;
  /**
   * When the source last answered, by `performance.now()`. With several collections this is the time of the one that
   * has been silent for longest. Undefined until each has answered.
   */
  readonly lastProofOfLife: () => number | undefined;
  /**
   * A time, by `performance.now()`, since which every object was listed: the begin of the last complete list, and with
   * several collections the earliest of these. Undefined until each collection has been listed.
   */
  readonly listedAt: () => number | undefined;
  /** Reads everything again. */
  readonly refresh: () => void;
  /** Follows Namespaces too, from now on; only a policy with rules by their labels needs them. */
  readonly followNamespaces: () => void;
  /** True once all Namespaces are known, otherwise what is missing. */
  readonly namespacesReady: () => Health;
  /** Absent if the source can't store Events. */
  readonly events?: EventAccess;
  /** Settles after the signal was aborted. */
  readonly done: Promise<void>;
}
