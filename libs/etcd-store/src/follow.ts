import {
  createBackoff,
  delay,
  describeFailure,
  messageOf,
  OperatorError,
  type Logger,
} from '@kubefigurator/daemon';
import { readingOf, sameReading } from './reading.ts';
import type { Session } from './session.ts';
import type { FollowOptions, FollowState, Reading } from './store.ts';
import { runWatch } from './watch-stream.ts';

/** What following needs of the store. */
export interface Follower {
  readonly session: Session;
  readonly key: Buffer;
  readonly log: Logger;
  /** How often there is a second look beside the watch, in milliseconds, give or take a tenth. */
  readonly secondOpinionMs: number;
}

/** An outage younger than this is probed often, in milliseconds: a restart takes seconds. */
const YOUNG_OUTAGE_MS = 30_000;
/** A watch that lived this long was sound, in milliseconds; the next break starts with a short wait again. */
const SOUND_WATCH_MS = 1_000;
const YOUNG_RETRY = { minMs: 100, maxMs: 1_000 };
const OLD_RETRY = { minMs: 2_000, maxMs: 5_000 };

/** Reads the key, then watches from there, and starts over after each break until aborted; etcd3's own watcher loses events. */
export async function followKey(follower: Follower, options: FollowOptions): Promise<void> {
  const { session, key, log } = follower;
  const { signal } = options;
  const retry = createRetry();
  let last: Reading | undefined;
  let readings = 0;
  let lastCode: string | undefined;
  let state: FollowState = { connected: false, lastProofOfLife: undefined };

  function report(reading: Reading): void {
    readings += 1;
    if (sameReading(last, reading)) return;
    last = reading;
    options.onReading(reading);
  }

  function alive(): void {
    if (!state.connected) log.info({ key: key.toString() }, 'etcd.connected');
    state = { connected: true, lastProofOfLife: performance.now() };
    options.onState(state);
  }

  function lost(failure: OperatorError, waitMs: number): void {
    const reason = describeFailure(failure);
    const news = state.connected || state.reason !== reason;
    const cause = failure.cause === undefined ? undefined : messageOf(failure.cause);
    const fields = { reason, code: failure.code, retryInMs: waitMs, cause };
    if (state.connected) log.warn(fields, 'etcd.lost');
    else log[failure.code === lastCode ? 'debug' : 'warn'](fields, 'etcd.unreachable');
    lastCode = failure.code;
    state = { connected: false, reason, lastProofOfLife: state.lastProofOfLife };
    if (news) options.onState(state);
  }

  /** One linearizable look and the store's revision at that moment. */
  async function look(): Promise<{ reading: Reading; revision: string }> {
    const response = await session.call('look', 'read', (client) => client.kv.range({ key }));
    state = { ...state, lastProofOfLife: performance.now() };
    return { reading: readingOf(response), revision: response.header.revision };
  }

  /** Ends with the reason why the watch is over. */
  async function round(stop: AbortSignal): Promise<unknown> {
    const { reading, revision } = await look();
    if (stop.aborted) return stop.reason;
    report(reading);
    const stream = await session.call('watch', 'watch', (client) => client.watchClient.watch());
    const began = performance.now();
    const startRevision = String(BigInt(revision) + 1n);
    const why = await runWatch(stream, {
      key,
      startRevision,
      signal: stop,
      onReading: report,
      onAlive: alive,
    });
    if (performance.now() - began > SOUND_WATCH_MS) retry.reset();
    return why;
  }

  /** The watch may be sound and yet tell nothing: what a fresh look says counts, unless the watch spoke meanwhile. */
  async function secondOpinion(generation: number): Promise<void> {
    const before = readings;
    session.refresh();
    if (session.generation() !== generation) throw new OperatorError('the credentials have changed');
    const { reading } = await look();
    if (readings === before) report(reading);
  }

  async function roundWithOpinions(): Promise<unknown> {
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const endOpinions = repeatJittered(follower.secondOpinionMs, () =>
      secondOpinion(session.generation()).catch((err: unknown) => stop.abort(err)),
    );
    try {
      return await Promise.race([round(stop.signal), aborted(stop.signal)]);
    } catch (err) {
      return err;
    } finally {
      endOpinions();
      stop.abort();
      signal.removeEventListener('abort', onAbort);
    }
  }

  while (!signal.aborted) {
    const failure = session.explain(await roundWithOpinions(), 'follow');
    if (signal.aborted || failure.code === 'closed') return;
    session.turnAway();
    const waitMs = retry.next();
    lost(failure, waitMs);
    await delay(waitMs, signal);
  }
}

/** Short waits while an outage is young, longer ones later; both jittered, so that hosts don't come back in step. */
function createRetry(): { next(): number; reset(): void } {
  const [young, old] = [createBackoff(YOUNG_RETRY), createBackoff(OLD_RETRY)];
  let since: number | undefined;
  return {
    next() {
      since ??= performance.now();
      return performance.now() - since < YOUNG_OUTAGE_MS ? young.next() : old.next();
    },
    reset() {
      since = undefined;
      young.reset();
      old.reset();
    },
  };
}

function repeatJittered(everyMs: number, work: () => Promise<void>): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout;
  const plan = (): void => {
    const waitMs = everyMs * (0.9 + Math.random() / 5);
    timer = setTimeout(() => void work().then(() => (stopped ? undefined : plan())), waitMs);
    timer.unref();
  };
  plan();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(signal.reason);
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}
