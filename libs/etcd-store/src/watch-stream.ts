import type { IDuplexStream, IWatchRequest, IWatchResponse } from 'etcd3';
import { OperatorError } from '@kubefigurator/daemon';
import { readingOfValue } from './reading.ts';
import type { Reading } from './store.ts';

export type WatchStream = IDuplexStream<IWatchRequest, IWatchResponse>;

export interface WatchOptions {
  readonly key: Buffer;
  /** The first revision to be told about. */
  readonly startRevision: string;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** The newest of what one message told. */
  readonly onReading: (reading: Reading) => void;
  /** Called at each message. */
  readonly onAlive: () => void;
}

/** How often etcd is asked for a sign of life, in milliseconds. */
const HEARTBEAT_MS = 10_000;
/** A stream that has said nothing for this long is dead, in milliseconds. */
const SILENCE_MS = 15_000;

/** Watches one key on a raw stream until that ends, for whatever reason, which is the result; never rejects. */
export function runWatch(stream: WatchStream, options: WatchOptions): Promise<unknown> {
  const { key, startRevision, signal, onReading, onAlive } = options;
  return new Promise((resolve) => {
    let over = false;
    const end = (why: unknown): void => {
      if (over) return;
      over = true;
      clearTimeout(silence);
      clearInterval(heartbeat);
      signal.removeEventListener('abort', onAbort);
      stream.cancel();
      resolve(why);
    };
    const onAbort = (): void => end(signal.reason);
    const onSilence = (): void => end(new Error(`ETIMEDOUT: silent for ${SILENCE_MS / 1000} s`));
    let silence = setTimeout(onSilence, SILENCE_MS);
    const heartbeat = setInterval(() => stream.write({ progress_request: {} }), HEARTBEAT_MS);

    stream.on('error', end);
    stream.on('end', () => end(new OperatorError('etcd ended the watch', { code: 'unreachable' })));
    stream.on('data', (message) => {
      if (over) return;
      clearTimeout(silence);
      silence = setTimeout(onSilence, SILENCE_MS);
      if (message.canceled) return end(new Error(cancelReason(message)));
      onAlive();
      const reading = newestIn(message);
      if (reading !== undefined) onReading(reading);
    });
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    stream.write({ create_request: { key, start_revision: startRevision, progress_notify: true } });
  });
}

function newestIn({ events, header }: IWatchResponse): Reading | undefined {
  const newest = events.at(-1);
  if (newest === undefined) return undefined;
  return newest.type === 'Delete' || String(newest.type) === 'DELETE'
    ? { kind: 'missing', atRevision: header.revision }
    : readingOfValue(newest.kv);
}

function cancelReason({ compact_revision: compacted, cancel_reason: reason }: IWatchResponse): string {
  if (compacted !== '0' && compacted !== '') return 'required revision has been compacted';
  return reason === '' ? 'etcd canceled the watch' : reason;
}
