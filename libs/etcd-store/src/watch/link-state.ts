import {
  createAlarm,
  describeFailure,
  messageOfError,
  type Logger,
  type OperatorError,
} from '@kubefigurator/daemon';

/** The state of the connection of a follower. */
export interface FollowState {
  readonly connected: boolean;
  /** The reason if it isn't connected, for a person. */
  readonly reason?: string;
  /** When etcd last answered, in milliseconds of `performance.now()`; undefined before the first answer. */
  readonly lastProofOfLife: number | undefined;
}

/** Logs and reports whether etcd answers. */
export interface LinkState {
  /** An answer to a read: it proves that etcd lives, but only a message of the watch makes the follower connected. */
  readonly answered: () => void;
  /** A message of the watch, which makes the follower connected. */
  readonly alive: () => void;
  /** An answer to a read that takes the place of a message of the watch; the first one is logged. */
  readonly aliveByRead: () => void;
  /** The watch is over; further failures with the same code are logged at debug level. */
  readonly lost: (failure: OperatorError, retryInMs: number) => void;
}

export interface LinkStateOptions {
  /** The key or prefix that is followed. */
  readonly name: string;
  readonly log: Logger;
  readonly onState: (state: FollowState) => void;
}

export function createLinkState({ name, log, onState }: LinkStateOptions): LinkState {
  const alarm = createAlarm();
  let state: FollowState = { connected: false, lastProofOfLife: undefined };
  let readLogged = false;

  function alive(): void {
    if (!state.connected) {
      const level = alarm.end() ?? 'info';
      log[level]({ key: name }, 'etcd.connected');
    }
    state = { connected: true, lastProofOfLife: performance.now() };
    onState(state);
  }

  return {
    answered: () => {
      state = { ...state, lastProofOfLife: performance.now() };
    },
    alive,
    aliveByRead: () => {
      if (!readLogged) log.info({ key: name }, 'progress-request.ignored');
      readLogged = true;
      alive();
    },
    lost: (failure, retryInMs) => {
      const reason = describeFailure(failure);
      const changed = state.connected || state.reason !== reason;
      const cause = failure.cause === undefined ? undefined : messageOfError(failure.cause);
      const fields = { reason, code: failure.code, retryInMs, cause };
      const level = alarm.raise('warn', failure.code);
      log[level](fields, state.connected ? 'etcd.lost' : 'etcd-connection.failed');
      state = { connected: false, reason, lastProofOfLife: state.lastProofOfLife };
      if (changed) onState(state);
    },
  };
}
