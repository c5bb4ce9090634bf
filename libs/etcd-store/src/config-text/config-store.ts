import type { FollowState } from '../watch/link-state.ts';

/** A text as etcd holds it. */
export interface Published {
  /** The key's mod_revision. */
  readonly revision: string;
  readonly text: string;
  /** The size of the stored value, in bytes; smaller than the text if it is gzipped. */
  readonly bytes: number;
}

/** What the key held when it was read. */
export type Reading =
  | { readonly kind: 'published'; readonly published: Published }
  /** The key isn't there, which is not the same as an empty text. */
  | { readonly kind: 'missing'; readonly key: string; readonly atRevision: string }
  /** The value isn't text. */
  | { readonly kind: 'unreadable'; readonly revision: string; readonly reason: string };

export type PublishResult =
  | {
      readonly kind: 'published';
      readonly revision: string;
      readonly bytes: number;
      readonly compressed: boolean;
    }
  /** The key holds this text already. */
  | { readonly kind: 'unchanged' }
  /** Another writer wrote since `seen`, and the key holds `current`, not our text. */
  | { readonly kind: 'conflict'; readonly current: Reading }
  /** An operator has stopped publications. */
  | { readonly kind: 'paused' };

/** An operator's word that a bind, or a host on it, is free. */
export interface ReleaseRequest {
  /** The bind, and optionally a space and a host: `*:443 a.example.com`. */
  readonly name: string;
  readonly revision: string;
}

/** One key of the range `held`. */
export interface HeldEntry {
  readonly name: string;
  readonly revision: string;
  /** JSON; empty if the value isn't that. */
  readonly value: string;
}

/** The name of the entry by which an operator stops publications. */
export const PAUSE = 'pause';

/** What operators asked for and a publication fulfils, so that it is deleted with it. */
export interface Obeyed {
  readonly releases?: readonly ReleaseRequest[];
  readonly held?: readonly HeldEntry[];
}

export interface FollowOptions {
  /** Called with all releases that wait for a producer, once at the start and after each change. */
  readonly onReleases?: (releases: readonly ReleaseRequest[]) => void;
  /** Called with all entries of the range `held`, once at the start and after each change. */
  readonly onHeld?: (entries: readonly HeldEntry[]) => void;
  /** Following ends if it is aborted. */
  readonly signal: AbortSignal;
  /** Called once for each change: another revision or another content. */
  readonly onReading: (reading: Reading) => void;
  /** Called if the connection or its reason changes, and at each proof of life of the watch. */
  readonly onState: (state: FollowState) => void;
}

/** The config text in etcd. */
export interface ConfigStore {
  /** The full name of the key, for messages. */
  readonly key: string;
  /**
   * A linearizable read; throws an OperatorError that names the hosts if none of them answers in the time of a call.
   */
  read(): Promise<Reading>;
  /**
   * Writes the text if the key is still as `seen` and publications aren't paused; a text that the key holds already isn't
   * written. What the text obeys is deleted in the same transaction. Throws OperatorError.
   */
  publish(text: string, seen: Reading, obeyed?: Obeyed): Promise<PublishResult>;
  /** The releases that wait for a producer; none if etcd denies them to this user. Throws OperatorError. */
  readReleases(): Promise<readonly ReleaseRequest[]>;
  /** Asks the producer to free a bind, or a host on it; throws OperatorError. */
  release(name: string): Promise<void>;
  /** What a guard holds, what is approved, and whether publications are paused; none if etcd denies it to this user. Throws OperatorError. */
  readHeld(): Promise<readonly HeldEntry[]>;
  /** Writes an entry of the range `held`, or deletes it; throws OperatorError. */
  writeHeld(name: string, value: string | undefined): Promise<void>;
  /** Reports the key now and after each change until aborted. It outlives every failure of etcd and doesn't reject for one. */
  follow(options: FollowOptions): Promise<void>;
  /**
   * Reads now on behalf of the running `follow`, which reports what is new, and never replaces a newer reading of its watch.
   * Rejects with OperatorError if etcd doesn't answer, and with an Error if no `follow` is running.
   */
  refresh(): Promise<void>;
  close(): Promise<void>;
}
