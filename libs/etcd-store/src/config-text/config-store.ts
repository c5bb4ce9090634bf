import type { Election, ElectionOptions } from '../lease/election.ts';
import type { FollowState } from '../watch/link-state.ts';
import type { HistoryStore } from './history-store.ts';
import type { PinReading, PinStore } from './pin-store.ts';

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
  | { readonly kind: 'paused' }
  /** The owner key (`<path>/owner`) was changed since it was read; `owner` is what it holds now. */
  | { readonly kind: 'disowned'; readonly owner: OwnerReading }
  /** An operator has pinned a text, or the marker isn't as it was seen; `pin` is what it holds now. */
  | { readonly kind: 'pinned'; readonly pin: PinReading }
  /** The terms for the leader aren't met; `leader` is what the leader's key holds, undefined if nobody leads. */
  | { readonly kind: 'fenced'; readonly leader: string | undefined };

/** What was read from the owner key; it says to which cluster the path belongs. */
export interface OwnerReading {
  /** The key's mod_revision; `0` if it is missing. */
  readonly revision: string;
  /** JSON; undefined if the key is missing, empty if the value isn't JSON. */
  readonly value: string | undefined;
}

/** An operator's word that a bind, or a host on it, is free. */
export interface ReleaseRequest {
  /** The bind, and optionally a space and a host: `*:443 a.example.com`. */
  readonly name: string;
  readonly revision: string;
}

/** One key of the range `held`: what a guard holds, an approval, or the pause. */
export interface HeldEntry {
  readonly name: string;
  readonly revision: string;
  /** JSON; empty if the value isn't JSON. */
  readonly value: string;
}

/** The name of the entry by which an operator stops publications. */
export const PAUSE = 'pause';

/** Requests of operators that a publication fulfils; its transaction deletes them. */
export interface Obeyed {
  readonly releases?: readonly ReleaseRequest[];
  readonly held?: readonly HeldEntry[];
}

/** What a publication does beside the text, in the same transaction. */
export interface PublicationTerms extends Obeyed {
  /** Without it, the owner key is neither compared nor written. */
  readonly owner?: {
    /** Nothing is written if the owner key isn't like this any more. */
    readonly seen: OwnerReading;
    /** What is written to the owner key; undefined if it stays. */
    readonly put: string | undefined;
  };
  /** Without it, the text is written whoever leads. */
  readonly leader?: LeaderCondition;
  /** Who publishes, and from which lists; written with the text. */
  readonly record?: string;
  /** The marker of a pin as it was seen; without it nothing is written if there is one. */
  readonly pin?: PinTerms;
}
/** A marker that a publication knows: one after `unpin` `goes` with it, and one that keeps the text `stays`. */
export interface PinTerms {
  readonly revision: string;
  readonly then: 'goes' | 'stays';
}

/** Who has to lead so that something is written. */
export type LeaderCondition =
  /** The process whose key exists since this revision. */
  { readonly kind: 'since'; readonly createRevision: string } | { readonly kind: 'nobody' };

export interface FollowOptions {
  /** Called with what the owner key holds, once at the start and after each change. */
  readonly onOwner?: (owner: OwnerReading) => void;
  /** Called with what the key of the leader holds, once at the start and after each change. */
  readonly onLeader?: (leader: OwnerReading) => void;
  /** Called with all releases that wait for a producer, once at the start and after each change. */
  readonly onReleases?: (releases: readonly ReleaseRequest[]) => void;
  /** Called with the marker of a pin, once at the start and after each change. */
  readonly onPin?: (pin: PinReading) => void;
  /** Called with the record of the last publication, once at the start and after each change. */
  readonly onRecord?: (record: OwnerReading) => void;
  /** Called with how the text that isn't published differs, as `readUnpublished` gives it, once at the start and after each change. */
  readonly onUnpublished?: (value: string | undefined) => void;
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
export interface ConfigStore extends HistoryStore, PinStore {
  /** The full name of the key, for messages. */
  readonly key: string;
  /**
   * A linearizable read; throws an OperatorError that names the hosts if none of them answers in the time of a call.
   */
  read(): Promise<Reading>;
  /**
   * Writes the text if the key is still as `seen`, publications aren't paused, no text is pinned and the terms are met; a text that the key
   * holds already isn't written. Throws OperatorError.
   */
  publish(text: string, seen: Reading, terms?: PublicationTerms): Promise<PublishResult>;
  /** The releases that wait for a producer; none if etcd denies them to this user. Throws OperatorError. */
  readReleases(): Promise<readonly ReleaseRequest[]>;
  /** Asks the producer to free a bind, or a host on it; throws OperatorError. */
  release(name: string): Promise<void>;
  /** What a guard holds, what is approved, and whether publications are paused; none if etcd denies it to this user. Throws OperatorError. */
  readHeld(): Promise<readonly HeldEntry[]>;
  /** Writes an entry of the range `held`, or deletes it; does nothing and gives false if `leader` isn't met. Throws OperatorError. */
  writeHeld(name: string, value: string | undefined, leader?: LeaderCondition): Promise<boolean>;
  /** What the key of the leader holds, if anybody leads; undefined if etcd denies it to this user. Throws OperatorError. */
  readLeader(): Promise<OwnerReading | undefined>;
  /** The record of the last publication; undefined if etcd denies it to this user. Throws OperatorError. */
  readRecord(): Promise<OwnerReading | undefined>;
  /** Takes part in the election of the producer that publishes. */
  campaign(options: Omit<ElectionOptions, 'session' | 'key' | 'log'>): Election;
  /** What the owner key holds; undefined if etcd denies it to this user. Throws OperatorError. */
  readOwner(): Promise<OwnerReading | undefined>;
  /** Writes the owner key if it, and the marker of a pin, are still as they were seen, and otherwise gives false. Throws OperatorError. */
  writeOwner(value: string, seen: OwnerReading, pinSeen?: Pick<PinReading, 'revision'>): Promise<boolean>;
  /** Reports the key now and after each change until aborted. It outlives every failure of etcd and doesn't reject for one. */
  follow(options: FollowOptions): Promise<void>;
  /**
   * Reads now on behalf of the running `follow`, which reports what is new, and never replaces a newer reading of its watch.
   * Rejects with OperatorError if etcd doesn't answer, and with an Error if no `follow` is running.
   */
  refresh(): Promise<void>;
  close(): Promise<void>;
}
