import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import type { IRangeResponse } from 'etcd3';
import { createLogger, OperatorError } from '@kubefigurator/daemon';
import type { ConfigStore } from '../config-text/config-store.ts';
import { createConfigStore } from '../config-text/create-config-store.ts';
import type { Session } from '../connection/session.ts';
import { storeKey } from '../keys/store-keys.ts';
import type { HeartbeatPace } from '../watch/heartbeat.ts';
import type { FollowState } from '../watch/link-state.ts';

/** A fake of etcd for orders of answers that a real one doesn't produce on demand; it answers no progress request by itself. */
export interface FakeEtcd {
  readonly store: ConfigStore;
  /** The reported texts, or `missing`. */
  readonly texts: string[];
  readonly states: FollowState[];
  /** The start revisions of the watches so far. */
  readonly watchedFrom: string[];
  /** How many progress requests came. */
  readonly progressRequests: () => number;
  /** How many reads wait for their answer. */
  readonly reads: () => number;
  /** Answers the oldest read with the key at that revision, which by default is the store's, too; without a text there is no key. */
  readonly answer: (revision: number, text?: string, storeRevision?: number) => void;
  /** Lets the oldest read fail. */
  readonly fail: () => void;
  /** The watch reports that it was created. */
  readonly create: () => void;
  /** The watch delivers a change. */
  readonly deliver: (revision: number, text: string) => void;
  /** The watch answers a progress request. */
  readonly progress: () => void;
}

export interface FakeEtcdOptions {
  /** Ends the follower. */
  readonly signal: AbortSignal;
  readonly heartbeat?: Partial<HeartbeatPace>;
}

interface WatchRequest {
  readonly create_request?: { readonly start_revision: string };
}

const key = storeKey('/fleet', 'config');
const log = createLogger({
  level: 'error',
  format: 'json',
  stream: new Writable({ write: (_chunk, _encoding, done) => done() }),
  journal: false,
});

/** Starts the fake and a follower of its key. */
export function fakeEtcd({ signal, heartbeat }: FakeEtcdOptions): FakeEtcd {
  const waiting: { readonly resolve: (value: unknown) => void; readonly reject: (why: unknown) => void }[] =
    [];
  const [texts, watchedFrom]: [string[], string[]] = [[], []];
  const states: FollowState[] = [];
  let progressRequests = 0;
  let stream = new EventEmitter();
  const openStream = (): EventEmitter =>
    Object.assign(new EventEmitter(), {
      cancel: () => undefined,
      write: ({ create_request: request }: WatchRequest) => {
        if (request === undefined) progressRequests += 1;
        else watchedFrom.push(request.start_revision);
      },
    });
  const session: Session = {
    refresh: () => undefined,
    preferNextHost: () => undefined,
    generation: () => 0,
    close: () => undefined,
    explain: (thrown) => (thrown instanceof OperatorError ? thrown : new OperatorError(String(thrown))),
    call: <T>({ use }: { readonly use: string }): Promise<T> => {
      if (use === 'watch') {
        stream = openStream();
        return Promise.resolve(stream as T);
      }
      return new Promise((resolve, reject) => waiting.push({ resolve: resolve as () => void, reject }));
    },
  };
  const kvOf = (revision: number, text: string): unknown => ({
    key: key.first,
    create_revision: '1',
    mod_revision: String(revision),
    value: Buffer.from(text),
  });
  const send = (revision: number, fields: object): void =>
    void stream.emit('data', {
      canceled: false,
      header: { revision: String(revision) },
      events: [],
      ...fields,
    });
  const store = createConfigStore({ session, key, log, heartbeat });
  void store.follow({
    signal,
    onReading: (reading) => texts.push(reading.kind === 'published' ? reading.published.text : reading.kind),
    onState: (state) => states.push(state),
  });
  return {
    store,
    texts,
    states,
    watchedFrom,
    progressRequests: () => progressRequests,
    reads: () => waiting.length,
    answer: (revision, text, storeRevision = revision) =>
      waiting.shift()?.resolve({
        header: { revision: String(storeRevision) },
        kvs: text === undefined ? [] : [kvOf(revision, text)],
      } as IRangeResponse),
    fail: () => waiting.shift()?.reject(new OperatorError('no answer', { code: 'timeout' })),
    create: () => send(1, { created: true, watch_id: '0' }),
    deliver: (revision, text) =>
      send(revision, { watch_id: '0', events: [{ type: 'Put', kv: kvOf(revision, text) }] }),
    progress: () => send(1, { watch_id: '-1' }),
  };
}
