import { createAlarm, createBackoff, delay, describeFailure, type Logger } from '@kubefigurator/daemon';
import type { ApiClient } from './client.ts';
import { readClusterUid } from './cluster-uid.ts';

const RETRY = { minMs: 100, maxMs: 3_000 };

export interface IdentityOptions {
  readonly client: ApiClient;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called when the uid was read that somebody has waited for, and when it is another one. */
  readonly onChange: () => void;
}

/** Which cluster the API server is, read again after each list: behind an address there may be another one by then. */
export interface Identity {
  /** The uid; undefined while it isn't read since the last list. */
  readonly current: () => string | undefined;
  /** The uid that was read last; undefined before the first time. */
  readonly last: () => string | undefined;
  /** Why it can't be read; undefined if nothing is known. */
  readonly trouble: () => string | undefined;
  /** Reads the uid, in the background, until that succeeds. */
  readonly read: () => void;
  /** Settles after the signal was aborted. */
  readonly run: () => Promise<void>;
}

export function createIdentity({ client, log, signal, onChange }: IdentityOptions): Identity {
  const alarm = createAlarm();
  const backoff = createBackoff(RETRY);
  let uid: string | undefined;
  let trouble: string | undefined;
  /** How often a read was asked for, and how often when the last successful one began. */
  let [asked, answered] = [0, 0];
  let isAwaited = false;
  let wake = new AbortController();

  /** Resolves to the milliseconds until the next attempt. */
  async function attempt(): Promise<number> {
    const answers = asked;
    try {
      const read = await readClusterUid(client, signal);
      const isNews = isAwaited || (uid !== undefined && uid !== read);
      [uid, answered, trouble, isAwaited] = [read, answers, undefined, false];
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
          await delay(3_600_000, AbortSignal.any([signal, wake.signal]));
        }
      }
    },
  };
}
