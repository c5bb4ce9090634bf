import type { ConfigStore, FollowState } from '@kubefigurator/etcd-store';
import type { PathOwner } from './owner/path-owner.ts';
import type { Publisher } from './publisher.ts';
import type { HeldNews } from './guard/held-board.ts';
import type { Pins } from './pin/pins.ts';
import type { Releases } from './releases.ts';

export interface FollowKeyOptions {
  readonly store: ConfigStore;
  readonly publisher: Publisher;
  readonly pathOwner: PathOwner;
  readonly signal: AbortSignal;
  readonly releases: Releases;
  readonly held: HeldNews;
  readonly pins: Pins;
  /** Called if the key doesn't hold our text, or the pinned one, any more, so that it has to be written again. */
  readonly onForeign: () => void;
  /** Called if an operator pins a text or unpins it. */
  readonly onPin: () => void;
  /** Called if an operator has freed a bind or a host, and no publication has obeyed that yet. */
  readonly onRelease: () => void;
  /** Called if an operator approves something, or ends a pause. */
  readonly onHeld: () => void;
  /** Called when the path may have got another owner. */
  readonly onOwner: () => void;
}

export interface FollowedKey {
  readonly state: () => FollowState;
  /** Settles after the signal was aborted. */
  readonly done: Promise<void>;
}

/**
 * Watches the key, so that a text of another writer is replaced, and below it the owner, releases, approvals, pauses and
 * pins.
 */
export function followKey(options: FollowKeyOptions): FollowedKey {
  const { store, publisher, pathOwner, releases, held, pins, signal } = options;
  const { onForeign, onRelease, onHeld, onOwner, onPin } = options;
  let current: FollowState = { connected: false, lastProofOfLife: undefined };
  const done = store.follow({
    signal,
    onReading: (reading) => {
      if (publisher.notice(reading)) onForeign();
    },
    onReleases: (list) => {
      releases.notice(list);
      if (releases.waiting().length > 0) onRelease();
    },
    onOwner: (owner) => {
      if (pathOwner.notice(owner)) onOwner();
    },
    onPin: (pin) => {
      if (pins.notice(pin)) onPin();
    },
    onHeld: (entries) => {
      const before = held.board();
      held.notice(entries);
      const now = held.board();
      const isResumed = before?.pause !== undefined && now?.pause === undefined;
      if (isResumed || (now?.approvals.length ?? 0) > 0) onHeld();
    },
    onState: (state) => {
      current = state;
    },
  });
  return { state: () => current, done };
}
