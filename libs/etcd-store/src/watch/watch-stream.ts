import type { IDuplexStream, IEvent, IWatchRequest, IWatchResponse } from 'etcd3';
import { OperatorError } from '@kubefigurator/daemon';
import type { Selection } from '../keys/store-keys.ts';

export type WatchStream = IDuplexStream<IWatchRequest, IWatchResponse>;

/** The events of one message. */
export interface WatchMessage {
  /** In the order of their revisions; those of one revision are never spread over two messages. */
  readonly events: readonly IEvent[];
  /** The revision of the store in the message's header. */
  readonly revision: string;
}

export interface WatchOptions {
  readonly selection: Pick<Selection<never>, 'first' | 'end'>;
  /** The first revision whose events are wanted. */
  readonly startRevision: string;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly onEvents: (message: WatchMessage) => void;
  /** Called at each message, those without events included. */
  readonly onAlive: () => void;
}

/** How often etcd is asked for a progress message, in milliseconds. */
const HEARTBEAT_MS = 10_000;
/** A stream without a message for this long is given up, in milliseconds. */
const SILENCE_MS = 15_000;

/** Watches a key or a range on a raw stream until the stream ends; resolves to the cause and never rejects. */
export function runWatch(stream: WatchStream, options: WatchOptions): Promise<unknown> {
  const { selection, startRevision, signal, onEvents, onAlive } = options;
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
      if (message.events.length > 0) onEvents({ events: message.events, revision: message.header.revision });
    });
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const range = selection.end === undefined ? {} : { range_end: selection.end };
    stream.write({
      create_request: {
        key: selection.first,
        ...range,
        start_revision: startRevision,
        progress_notify: true,
      },
    });
  });
}

function cancelReason({ compact_revision: compacted, cancel_reason: reason }: IWatchResponse): string {
  if (compacted !== '0' && compacted !== '') return 'required revision has been compacted';
  return reason === '' ? 'etcd canceled the watch' : reason;
}
