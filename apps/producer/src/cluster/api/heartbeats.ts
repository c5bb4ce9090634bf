/** From so many events in a second on that change nothing, the stream rests. */
const MANY = 10;
const WINDOW_MS = 1_000;
/** How long a change may wait for the end of a rest. */
const REST_MS = 250;

/**
 * Decides when a stream rests, so that the heartbeats of hundreds of Nodes wake the program four times a second instead of
 * fifty times: nearly all of their cost is in waking up for each.
 */
export interface Heartbeats {
  /** To be called for each event; `differs` is false if it changed nothing. */
  readonly note: (differs: boolean) => void;
  /** How long to wait before more is read, in milliseconds. */
  readonly restMs: () => number;
}

export function createHeartbeats(now: () => number = () => performance.now()): Heartbeats {
  /** When the last events came that changed nothing, the oldest first; none before the last change. */
  let times: number[] = [];
  return {
    note: (differs) => {
      // After a change there are often more.
      times = differs ? [] : [...times.slice(1 - MANY), now()];
    },
    restMs: () => {
      const [oldest] = times;
      return times.length === MANY && oldest !== undefined && now() - oldest < WINDOW_MS ? REST_MS : 0;
    },
  };
}
