import { createAlarm, createBackoff, delay, describeFailure, type Logger } from '@kubefigurator/daemon';
import type { ApiClient } from './client.ts';
import { readClusterUid } from './cluster-uid.ts';

const RETRY = { minMs: 100, maxMs: 3_000 };

export interface IdentityOptions {
  readonly client: ApiClient;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called when a uid was read after `current` had none to give, and when it differs from the one before. */
  readonly onChange: () => void;
}

/**
 * Which cluster the API server belongs to; read again after each list, since another cluster may be behind the
 * address by then.
 */
export interface Identity {
  /**
   * The uid; undefined until it is read again after the last list. Once it was undefined, `onChange` tells when it is
   * known.
   */
  readonly current: () => string | undefined;
  /** The uid that was read last; undefined before the first time. */
  readonly last: () => string | undefined;
  /** Why the last attempt to read it failed; undefined if it succeeded, or before the first one. */
  readonly trouble: () => string | undefined;
  /** Has `run` read the uid, again until that succeeds. */
  readonly read: () => void;
  /** Works until the signal is aborted; never throws. */
  readonly run: () => Promise<void>;
}

export function createIdentity({ client, log, signal, onChange }: IdentityOptions): Identity {
  const alarm = createAlarm();
  const backoff = createBackoff(RETRY);
  let uid: string | undefined;
  let trouble: string | undefined;
  /**
   * `asked` counts the calls of `read`; `answered` is its value when the last successful attempt began. If they are
   * equal, no read is due.
   */
  let [asked, answered] = [0, 0];
  /** True if `current` had no uid to give since the last one was read. */
  let isAwaited = false;
  /** Aborted to end the wait of `run`. */
  let wake = new AbortController();

  /** Reads the uid once; resolves to the milliseconds until the next attempt, 0 if it succeeded. */
  async function attempt(): Promise<number> {
    const askedBefore = asked;
    try {
      const read = await readClusterUid(client, signal);
      const isNews = isAwaited || (uid !== undefined && uid !== read);
      [uid, answered, trouble, isAwaited] = [read, askedBefore, undefined, false];
      backoff.reset();
      const level = alarm.end();
      if (level !== undefined) log[level]('cluster.identified');
      if (isNews) onChange();
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      const retryInMs = backoff.next();
      trouble = describeFailure(error);
      const level = alarm.raise('warn', trouble);
      log[level]({ reason: trouble, server: client.server, retryInMs }, 'cluster.unidentified');
      return retryInMs;
    }
  }

  return {
    current: () => {
      if (answered === asked) return uid;
      isAwaited = true;
      return undefined;
    },
    last: () => uid,
    trouble: () => trouble,
    read: () => {
      asked += 1;
      wake.abort();
    },
    run: async () => {
      while (!signal.aborted) {
        if (asked > answered) await delay(await attempt(), signal);
        else {
          wake = new AbortController();
          // `read` ends this wait; its length has no meaning.
          await delay(3_600_000, AbortSignal.any([signal, wake.signal]));
        }
      }
    },
  };
}
