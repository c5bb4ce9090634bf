import { createAlarm, createBackoff, delay, describeFailure, type Logger } from '@kubefigurator/daemon';
import { ApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { type Collection, listAll } from './list.ts';
import type { RecordStore } from '../records/record-store.ts';
import { checkStream } from './second-opinion.ts';
import { watch, type WatchEvent } from './watch.ts';

/** After a stream that ended sooner than this, the next one waits, so that a server which closes each isn't flooded. */
const SHORT_STREAM_MS = 5_000;

export interface ReflectorOptions<T> {
  readonly client: ApiClient;
  readonly collection: Collection;
  readonly store: RecordStore<T>;
  /** Called when the records differ from before, and when the first list is complete. */
  readonly onChange: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly timing?: ReflectorTiming;
}

export interface ReflectorTiming {
  readonly retry: { readonly minMs: number; readonly maxMs: number };
  /** How often a second connection asks whether the stream misses changes, in milliseconds. */
  readonly secondOpinionMs: number;
}

/** Keeps a record store equal to a collection of the API, through all failures of the API server. */
export interface Reflector {
  /** Works until the signal is aborted; never throws. */
  readonly run: () => Promise<void>;
  /** True once a list was complete; before that the records may be a part of the collection. */
  readonly synced: () => boolean;
  /** When the API server last answered for this collection, by `performance.now()`; 0 if never. */
  readonly lastProofOfLife: () => number;
  /** Why there is no connection at the moment; undefined while the stream is open. */
  readonly trouble: () => string | undefined;
  /** Ends the stream and lists again. */
  readonly relist: () => void;
}

const TIMING: ReflectorTiming = { retry: { minMs: 100, maxMs: 3_000 }, secondOpinionMs: 10_000 };

export function createReflector<T>(options: ReflectorOptions<T>): Reflector {
  const { client, collection, store, onChange, signal, timing = TIMING } = options;
  const log = options.log.child({ collection: collection.label });
  const backoff = createBackoff(timing.retry);
  /** Aborted with the reason to end the present list or stream. */
  let attempt = new AbortController();
  /** Where the next watch begins; undefined if a list has to come first. */
  let version: string | undefined;
  let synced = false;
  let lastProofOfLife = 0;
  const alarm = createAlarm();
  let trouble: string | undefined = 'not connected yet';

  async function list(within: AbortSignal): Promise<string> {
    const started = performance.now();
    const replacement = store.replace();
    const listed = await listAll(client, collection, replacement, within);
    lastProofOfLife = performance.now();
    const changed = replacement.commit();
    log.debug(
      { count: store.size(), durationMs: Math.round(performance.now() - started) },
      'collection.listed',
    );
    if (changed || !synced) {
      synced = true;
      onChange();
    }
    return listed;
  }

  function take(event: WatchEvent): void {
    lastProofOfLife = performance.now();
    if (event.kind !== 'opened' || trouble !== CLOSED_AT_ONCE) recovered();
    if (event.kind === 'opened') return;
    version = event.version;
    if (event.kind === 'bookmark') return;
    if (event.kind === 'set' ? store.set(event.object) : store.remove(event.object)) onChange();
  }

  /** One stream, from a version until the server ends it; a second connection checks it meanwhile. */
  async function follow(from: string, within: AbortSignal): Promise<void> {
    const started = performance.now();
    const check = new AbortController();
    const checking = checkStream(
      { client, collection, everyMs: timing.secondOpinionMs, version: () => version, alive },
      AbortSignal.any([within, check.signal]),
    ).catch((error: unknown) => {
      if (!check.signal.aborted) attempt.abort(error);
    });
    try {
      for await (const event of watch(client, collection, { version: from }, within)) take(event);
      if (performance.now() - started < SHORT_STREAM_MS) throw new Error(CLOSED_AT_ONCE);
      recovered();
    } finally {
      if (performance.now() - started >= SHORT_STREAM_MS) backoff.reset();
      check.abort();
      await checking;
    }
  }

  function alive(): void {
    lastProofOfLife = performance.now();
  }

  function recovered(): void {
    if (trouble !== undefined) log[alarm.end() ?? 'info']('collection.watched');
    trouble = undefined;
  }

  /** Logs a new reason at level warn and a repeated one at level debug, and waits before the next try. */
  async function failed(error: unknown): Promise<void> {
    const reason = describeFailure(error);
    const waitMs = Math.max(error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0, backoff.next());
    const fields = { reason, server: client.server, retryInMs: waitMs };
    log[alarm.raise('warn', reason)](fields, 'collection.lost');
    trouble = reason;
    attempt = new AbortController();
    await delay(waitMs, AbortSignal.any([signal, attempt.signal]));
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      attempt = new AbortController();
      const within = AbortSignal.any([signal, attempt.signal]);
      try {
        version ??= await list(within);
        await follow(version, within);
      } catch (thrown) {
        if (signal.aborted) return;
        const error: unknown = attempt.signal.aborted ? attempt.signal.reason : thrown;
        // Only after a stream that ended in order it is certain that no change was lost.
        if (!(error instanceof Error && error.message === CLOSED_AT_ONCE)) version = undefined;
        if (error !== RELIST) await failed(error);
      }
    }
  }

  return {
    run,
    synced: () => synced,
    lastProofOfLife: () => lastProofOfLife,
    trouble: () => trouble,
    relist: () => {
      version = undefined;
      attempt.abort(RELIST);
    },
  };
}

const RELIST = Symbol('list again');
const CLOSED_AT_ONCE = 'the API server closes each stream at once';
