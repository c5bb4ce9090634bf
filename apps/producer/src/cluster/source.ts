import type { Health } from '@kubefigurator/daemon';
import type { ClusterSnapshot } from '@kubefigurator/translator';
import type { FindUid } from '../announcements.ts';
import type { EventManifest } from './event-manifest.ts';

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
  /** Absent where there is nobody to take Events. */
  readonly events?: EventAccess;
  /** Settles after the signal was aborted. */
  readonly done: Promise<void>;
}

/** How Events get onto the objects that are observed. */
export interface EventAccess {
  readonly uidOf: FindUid;
  /** Creates one; throws an `ApiError` for another answer than yes. */
  readonly create: (event: EventManifest, signal: AbortSignal) => Promise<void>;
}
