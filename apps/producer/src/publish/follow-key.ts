import type { ConfigStore, FollowState } from '@kubefigurator/etcd-store';
import type { Publisher } from './publisher.ts';

export interface FollowKeyOptions {
  readonly store: ConfigStore;
  readonly publisher: Publisher;
  readonly signal: AbortSignal;
  /** Called if our text has to be restored. */
  readonly onForeign: () => void;
}

export interface FollowedKey {
  readonly state: () => FollowState;
  /** Settles after the signal was aborted. */
  readonly done: Promise<void>;
}

/** Watches the key, so that a text of another writer doesn't stay. */
export function followKey({ store, publisher, signal, onForeign }: FollowKeyOptions): FollowedKey {
  let current: FollowState = { connected: false, lastProofOfLife: undefined };
  const done = store.follow({
    signal,
    onReading: (reading) => {
      if (publisher.notice(reading)) onForeign();
    },
    onState: (state) => {
      current = state;
    },
  });
  return { state: () => current, done };
}
