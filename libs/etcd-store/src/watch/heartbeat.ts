/** How the proofs of life of a watch are timed, in milliseconds. */
export interface HeartbeatPace {
  /** The time between two questions. */
  readonly beatMs: number;
  /** How long a progress request may have no answer before a read asks the same server. */
  readonly patienceMs: number;
  /** How long there may be no proof at all before the watch is given up. */
  readonly silenceMs: number;
}

export interface HeartbeatOptions {
  readonly pace?: Partial<HeartbeatPace> | undefined;
  /** Sends a progress request, whose answer is a message of the watch. */
  readonly ask: () => void;
  /** Reads from the server of the watch; rejects if it doesn't answer, or if its answer shows that the watch is broken. */
  readonly read: () => Promise<void>;
  /** Called if such a read has proven the watch, because the progress request had no answer. */
  readonly onRead: () => void;
  /** Called with the reason if nothing proves the watch any more. */
  readonly onDeath: (why: unknown) => void;
}

export interface Heartbeat {
  /** To be called at each message of the watch. */
  readonly heard: (message: { readonly isProgress: boolean }) => void;
  readonly stop: () => void;
}

const PACE: HeartbeatPace = { beatMs: 10_000, patienceMs: 2_000, silenceMs: 15_000 };

/**
 * Asks for proofs of life of one watch. `etcd grpc-proxy` drops progress requests (etcd 3.4 and 3.5): if the first ones have no
 * answer, but a read has one, reads take their place on this watch, at the same pace, and one failed read ends it.
 */
export function startHeartbeat({ pace, ask, read, onRead, onDeath }: HeartbeatOptions): Heartbeat {
  const { beatMs, patienceMs, silenceMs } = { ...PACE, ...pace };
  let proof: 'unknown' | 'progress' | 'read' = 'unknown';
  /** Before its first message nothing but a message proves a watch: the server may not have opened it. */
  let opened = false;
  let reading = false;
  let stopped = false;
  let patienceTimer: NodeJS.Timeout | undefined;
  // `explainEtcdError` finds the code in the message.
  const onSilence = (): void => onDeath(new Error(`ETIMEDOUT: silent for ${silenceMs / 1000} s`));
  let silenceTimer = setTimeout(onSilence, silenceMs);
  const beats = setInterval(beat, beatMs);

  function beat(): void {
    if (proof === 'read') return void tryRead();
    ask();
    if (proof === 'progress' || !opened) return;
    clearTimeout(patienceTimer);
    patienceTimer = setTimeout(() => void tryRead(), patienceMs);
  }

  async function tryRead(): Promise<void> {
    if (reading || proof === 'progress') return;
    reading = true;
    try {
      await read();
      onAnswer();
    } catch (why) {
      // As long as the watch may still answer a progress request, a failed read is no proof of its death: silence is.
      if (proof === 'read' && !stopped) onDeath(why);
    } finally {
      reading = false;
    }
  }

  function onAnswer(): void {
    if (stopped || proof === 'progress') return;
    proof = 'read';
    restartSilence();
    onRead();
  }

  function restartSilence(): void {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(onSilence, silenceMs);
  }

  return {
    heard: ({ isProgress }) => {
      opened = true;
      if (isProgress) proof = 'progress';
      restartSilence();
    },
    stop: () => {
      stopped = true;
      clearTimeout(silenceTimer);
      clearTimeout(patienceTimer);
      clearInterval(beats);
    },
  };
}
