import type { IDuplexStream, IEvent, IWatchRequest, IWatchResponse } from 'etcd3';
import { OperatorError } from '@kubefigurator/daemon';
import type { Selection } from '../keys/store-keys.ts';
import { startHeartbeat, type HeartbeatPace } from './heartbeat.ts';

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
  /** Reads from the server of the watch; rejects if it doesn't answer, or if its answer shows that the watch is broken. */
  readonly read: () => Promise<void>;
  /** Called if such a read has proven the watch, because etcd doesn't answer its progress requests. */
  readonly onRead: () => void;
  readonly pace?: Partial<HeartbeatPace> | undefined;
}

/** The `watch_id` of an answer to a progress request, which concerns the whole stream (etcd 3.4 and 3.5). */
const WHOLE_STREAM = '-1';

/** Watches a key or a range on a raw stream until the stream ends; resolves to the cause and never rejects. */
export function watchUntilEnd(stream: WatchStream, options: WatchOptions): Promise<unknown> {
  const { selection, startRevision, signal, onEvents, onAlive, read, onRead, pace } = options;
  return new Promise((resolve) => {
    let over = false;
    const end = (why: unknown): void => {
      if (over) return;
      over = true;
      heartbeat.stop();
      signal.removeEventListener('abort', onAbort);
      stream.cancel();
      resolve(why);
    };
    const onAbort = (): void => end(signal.reason);
    const ask = (): void => void stream.write({ progress_request: {} });
    const heartbeat = startHeartbeat({ pace, ask, read, onRead, onDeath: end });

    stream.on('error', end);
    stream.on('end', () => end(new OperatorError('etcd ended the watch', { code: 'unreachable' })));
    stream.on('data', (message) => {
      if (over) return;
      heartbeat.heard({ isProgress: message.watch_id === WHOLE_STREAM });
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

/** Why etcd canceled the watch; `explainEtcdError` knows the first of these messages. */
function cancelReason({ compact_revision: compacted, cancel_reason: reason }: IWatchResponse): string {
  if (compacted !== '0' && compacted !== '') return 'required revision has been compacted';
  return reason === '' ? 'etcd canceled the watch' : reason;
}
