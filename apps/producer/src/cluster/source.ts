import type { Health } from '@kubefigurator/daemon';
import type { ClusterSnapshot } from '@kubefigurator/translator';

/** A place that Services and Nodes are observed at for ever. */
export interface ClusterSource {
  /** Everything as it was last seen; undefined as long as not everything has been seen once. */
  readonly snapshot: () => ClusterSnapshot | undefined;
  /** True once a snapshot is complete, otherwise what is missing. */
  readonly ready: () => Health;
  /** When the source last answered, by `performance.now()`; undefined before it did. */
  readonly lastProofOfLife: () => number | undefined;
  /** Reads everything again. */
  readonly refresh: () => void;
  /** Settles after the signal was aborted. */
  readonly done: Promise<void>;
}
