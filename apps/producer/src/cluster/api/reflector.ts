import { createAlarm, createBackoff, delay, describeFailure, type Logger } from '@kubefigurator/daemon';
import { ApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { type Collection, listCollection } from './list.ts';
import {
  CLOSED_AT_ONCE,
  type Ending,
  isStreamUseful,
  type NextAttempt,
  nextWatchAttempt,
  SHORT_STREAM_MS,
} from './next-attempt.ts';
import { createHeartbeats } from './heartbeats.ts';
import type { RecordKind } from '../records/record-kinds.ts';
import type { RecordStore } from '../records/record-store.ts';
import { SilentStream, superviseStream } from './second-opinion.ts';
import { watchCollection, type WatchEvent } from './watch.ts';

export interface ReflectorOptions<T> {
  readonly client: ApiClient;
  readonly collection: Collection;
  readonly store: RecordStore<T>;
  /** Absent for a kind without heartbeats. */
  readonly kind?: Pick<RecordKind<T>, 'hasHeartbeats'>;
  /** Called after each complete list, before `onChange`. */
  readonly onListed?: () => void;
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

/** Keeps a record store equal to a collection of the API, and outlives every failure of the API server. */
export interface Reflector {
  /** The name of the collection. */
  readonly label: string;
  /** Works until the signal is aborted; never throws. */
  readonly run: () => Promise<void>;
  /** True from the first complete list on; before it the store has no records. */
  readonly synced: () => boolean;
  /** When the API server last answered for this collection, by `performance.now()`; 0 if never. */
  readonly lastProofOfLife: () => number;
  /** When the newest complete list began, by `performance.now()`; 0 if there is none. */
  readonly listedAt: () => number;
  /** The resource version of the records in the store; undefined before the first list is complete. */
  readonly version: () => string | undefined;
  /**
   * Why the collection isn't followed at the moment; undefined while it is followed, and during short interruptions.
   */
  readonly trouble: () => string | undefined;
  /** Ends the stream and lists again. */
  readonly relist: () => void;
}

const TIMING: ReflectorTiming = { retry: { minMs: 100, maxMs: 3_000 }, secondOpinionMs: 10_000 };

export function createReflector<T>(options: ReflectorOptions<T>): Reflector {
  const { client, collection, store, onChange, signal, timing = TIMING } = options;
  const log = options.log.child({ collection: collection.label });
  const backoff = createBackoff(timing.retry);
  const heartbeats = options.kind?.hasHeartbeats === true ? createHeartbeats() : undefined;
  /**
   * Aborted to end the present list, stream or wait. Its reason is `RELIST`, or the error by which the second
   * connection has refuted the stream.
   */
  let attempt = new AbortController();
  /** Where the next watch begins; undefined if a list has to come first. */
  let watchFrom: string | undefined;
  /** The resource version of what the store has. */
  let storedVersion: string | undefined;
  /** How many attempts in a row had no useful stream, and when the last useful one ended. */
  let useless = { count: 0, since: performance.now() };
  let synced = false;
  let lastProofOfLife = 0;
  let listedAt = 0;
  const alarm = createAlarm();
  let trouble: string | undefined = 'not connected yet';

  async function list(within: AbortSignal): Promise<string> {
    const started = performance.now();
    const replacement = store.replace();
    const listed = await listCollection(client, collection, replacement, within);
    lastProofOfLife = performance.now();
    const changed = replacement.commit();
    storedVersion = listed;
    listedAt = started;
    options.onListed?.();
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
    // If each stream was closed at once, one that opens proves nothing until it delivers or has lasted (`lasting`).
    if (event.kind !== 'opened' || trouble !== CLOSED_AT_ONCE) noteRecovery();
    if (event.kind === 'opened') return;
    watchFrom = event.version;
    storedVersion = event.version;
    if (event.kind === 'bookmark') return;
    const differs = event.kind === 'set' ? store.set(event.object) : store.remove(event.object);
    heartbeats?.note(differs);
    if (differs) onChange();
  }

  /** Lists if that is necessary, and follows one stream until it ends; never throws. */
  async function tryOnce(within: AbortSignal): Promise<Ending> {
    const resumed = watchFrom !== undefined;
    try {
      watchFrom ??= await list(within);
    } catch (error) {
      return { error, during: 'list', openMs: 0, delivered: false, resumed };
    }
    return { ...(await follow(watchFrom, within)), resumed };
  }

  /** Follows one stream, from a version until it ends; a second connection checks it meanwhile. */
  async function follow(from: string, within: AbortSignal): Promise<Omit<Ending, 'resumed'>> {
    const check = new AbortController();
    const checking = superviseStream(
      { client, collection, everyMs: timing.secondOpinionMs, version: () => watchFrom, alive: noteAnswer },
      AbortSignal.any([within, check.signal]),
    ).catch((error: unknown) => {
      if (!check.signal.aborted) attempt.abort(error);
    });
    let openedAt: number | undefined;
    /** Runs out once the stream has been open for long enough to count as a recovery. */
    let lasting: NodeJS.Timeout | undefined;
    let error: unknown;
    const start = { version: from, ...(heartbeats && { restMs: heartbeats.restMs }) };
    try {
      for await (const event of watchCollection(client, collection, start, within)) {
        openedAt ??= performance.now();
        lasting ??= setTimeout(noteRecovery, SHORT_STREAM_MS);
        take(event);
      }
    } catch (thrown) {
      error = thrown;
    }
    clearTimeout(lasting);
    const openMs = openedAt === undefined ? 0 : performance.now() - openedAt;
    check.abort();
    await checking;
    return {
      error,
      during: openedAt === undefined ? 'request' : 'stream',
      openMs,
      delivered: watchFrom !== from,
    };
  }

  function noteAnswer(): void {
    lastProofOfLife = performance.now();
  }

  function noteRecovery(): void {
    if (trouble !== undefined) log[alarm.end() ?? 'info']('collection.watched');
    trouble = undefined;
  }

  function countUseless(ending: Ending): void {
    if (!isStreamUseful(ending)) return void (useless.count += 1);
    backoff.reset();
    useless = { count: 0, since: performance.now() };
  }

  /** Decides what follows after an attempt, logs it, and waits until the next one is due. */
  async function proceed(ending: Ending): Promise<void> {
    const sinceMs = performance.now() - useless.since;
    const next = nextWatchAttempt(ending, { useless: useless.count, sinceMs, lost: trouble !== undefined });
    if (next.from === 'list') watchFrom = undefined;
    const { error } = ending;
    const serverAsksMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const waitMs = next.waits ? Math.max(serverAsksMs, backoff.next()) : 0;
    report(next, waitMs);
    if (waitMs === 0) return;
    attempt = new AbortController();
    await delay(waitMs, AbortSignal.any([signal, attempt.signal]));
  }

  /** Logs a new reason of a loss at level warn and a repeated one at level debug. */
  function report(next: NextAttempt, retryInMs: number): void {
    const reason = describeFailure(next.reason);
    if (next.state === 'interrupted') return log.debug({ reason, retryInMs }, 'collection.interrupted');
    if (next.state === 'expired') return log.info({ reason }, 'collection.expired');
    log[alarm.raise('warn', reason)]({ reason, server: client.server, retryInMs }, 'collection.lost');
    trouble = reason;
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      attempt = new AbortController();
      const ending = await tryOnce(AbortSignal.any([signal, attempt.signal]));
      if (signal.aborted) return;
      countUseless(ending);
      const reason: unknown = attempt.signal.reason;
      // `relist` has done this, too, but the attempt may have set it again before it ended.
      if (reason === RELIST) watchFrom = undefined;
      else await proceed(reason === undefined ? ending : refuted(ending, reason));
    }
  }

  return {
    label: collection.label,
    run,
    synced: () => synced,
    lastProofOfLife: () => lastProofOfLife,
    listedAt: () => listedAt,
    version: () => storedVersion,
    trouble: () => trouble,
    relist: () => {
      watchFrom = undefined;
      attempt.abort(RELIST);
    },
  };
}

const RELIST = Symbol('list again');

/** The ending of a stream that was given up, with what the second connection found as its error. */
function refuted(ending: Ending, error: unknown): Ending {
  return { ...ending, error, during: error instanceof SilentStream ? 'stream' : 'request' };
}
