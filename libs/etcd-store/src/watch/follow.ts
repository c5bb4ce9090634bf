import { delay, OperatorError, type Logger } from '@kubefigurator/daemon';
import type { Session } from '../connection/session.ts';
import type { Selection } from '../keys/store-keys.ts';
import type { HeartbeatPace } from './heartbeat.ts';
import { createLinkState, type FollowState } from './link-state.ts';
import type { Judgement } from './position.ts';
import { createRetry, repeatJittered } from './retry.ts';
import { createTracker, type Comparison, type EntriesReport } from './tracker.ts';
import { watchUntilEnd } from './watch-stream.ts';

/** What is followed, and over which connections. */
export interface Follower<T> {
  readonly session: Session;
  readonly selection: Selection<T>;
  readonly log: Logger;
  /**
   * How often a read looks for what the open watch has missed (a second opinion), in milliseconds, give or take a tenth;
   * a minute by default.
   */
  readonly secondOpinionMs?: number | undefined;
  /** How the watch is asked for proofs of life; every 10 s by default. */
  readonly heartbeat?: Partial<HeartbeatPace> | undefined;
}

export interface EntriesListener<T> {
  /** Following ends if it is aborted. */
  readonly signal: AbortSignal;
  /** Called with the first listing, and with each change of revision or content after it. */
  readonly onChange: (report: EntriesReport<T>) => void;
  /** Called if the connection or its reason changes, and at each proof of life of the watch. */
  readonly onState: (state: FollowState) => void;
}

export interface Following {
  /** Resolves when following has ended: it was aborted, or its session was closed. Never rejects. */
  readonly done: Promise<void>;
  /** Reads now and reports what is new; rejects with OperatorError if etcd can't answer. */
  readonly refresh: () => Promise<void>;
}

interface Listing {
  readonly judgement: Judgement;
  /** The revision of the store in the answer's header. */
  readonly revision: string;
}

const SECOND_OPINION_MS = 60_000;
/**
 * How much later than a read that shows its change an event may arrive, in milliseconds: the event of a large value takes
 * seconds.
 */
const LATE_EVENT_MS = 2_000;
const WENT_BACK = 'etcd went back to an older revision';
/** The results of a comparison after which the watch has to be opened again, each with the reason. */
const FAULTS: Partial<Record<Comparison, string>> = {
  restored: WENT_BACK,
  missed: 'the watch has missed a change',
};
/** After a watch that lived this long the next retry starts with a short wait again, in milliseconds. */
const SOUND_WATCH_MS = 1_000;

/**
 * Follows a key or a range: lists, watches from there, and starts over after each break. etcd3's own watcher isn't
 * used, since it loses events.
 */
export function followEntries<T>(follower: Follower<T>, listener: EntriesListener<T>): Following {
  const { session, selection, log, secondOpinionMs = SECOND_OPINION_MS, heartbeat } = follower;
  const { signal } = listener;
  const retry = createRetry();
  const tracker = createTracker(selection, listener.onChange);
  const link = createLinkState({ name: selection.name, log, onState: listener.onState });
  let endRound: (why: OperatorError) => void = () => undefined;

  /** One linearizable read, repeated if it crossed a restore; undefined if it was answered after the abort. */
  async function list(stop: AbortSignal): Promise<Listing | undefined> {
    for (;;) {
      const asked = tracker.position();
      const response = await session.call({ use: 'look', action: 'read', key: selection.name }, (client) =>
        client.kv.range({ key: selection.first, ...rangeEnd(selection) }),
      );
      if (stop.aborted) return undefined;
      link.answered();
      const judgement = tracker.list(asked, response);
      if (judgement !== 'incomparable') return { judgement, revision: response.header.revision };
    }
  }

  /** Lists and watches once; resolves to the reason why the watch is over. */
  async function listAndWatch(stop: AbortSignal): Promise<unknown> {
    const listing = await list(stop);
    if (listing === undefined) return stop.reason;
    let host: string | undefined;
    const stream = await session.call(
      { use: 'watch', action: 'watch', key: selection.name },
      (client, ofWatch) => {
        host = ofWatch;
        return client.watchClient.watch();
      },
    );
    const began = performance.now();
    const why = await watchUntilEnd(stream, {
      selection,
      startRevision: String(BigInt(listing.revision) + 1n),
      signal: stop,
      onEvents: tracker.apply,
      onAlive: link.alive,
      read: () => checkWatch(host, stop),
      onRead: link.aliveByRead,
      pace: heartbeat,
    });
    if (performance.now() - began > SOUND_WATCH_MS) retry.reset();
    return why;
  }

  /**
   * The heartbeat's read: revisions only, from the server of the watch. It rejects if the watch doesn't deliver a
   * change that they show.
   */
  async function checkWatch(host: string | undefined, stop: AbortSignal): Promise<void> {
    const asked = tracker.position();
    const purpose = { use: 'look', action: 'read', key: selection.name, host } as const;
    const response = await session.call(purpose, (client) =>
      client.kv.range({ key: selection.first, ...rangeEnd(selection), keys_only: true }),
    );
    // The event may still be on its way; then the tracker knows it after the wait.
    if (tracker.compare(asked, response) === 'missed') await delay(LATE_EVENT_MS, stop);
    const fault = FAULTS[tracker.compare(asked, response)];
    if (fault !== undefined) throw new OperatorError(fault);
  }

  /**
   * Reads while the watch is open, and ends the watch if etcd went back: a watch from a revision that a restored store
   * hasn't reached yet would stay silent.
   */
  async function readBeside(stop: AbortSignal): Promise<void> {
    const listing = await list(stop);
    if (listing?.judgement === 'restored') endRound(new OperatorError(WENT_BACK));
  }

  /** Rejects if the credentials have changed on disk, so that the watch is opened again with them; else reads. */
  async function giveSecondOpinion(stop: AbortSignal): Promise<void> {
    const generation = session.generation();
    session.refresh();
    if (session.generation() !== generation) throw new OperatorError('the credentials have changed');
    await readBeside(stop);
  }

  /** Lists and watches once, and gives second opinions meanwhile; resolves to the reason why that is over. */
  async function supervisedRound(): Promise<unknown> {
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    endRound = (why) => stop.abort(why);
    const endOpinions = repeatJittered(secondOpinionMs, () =>
      giveSecondOpinion(stop.signal).catch((err: unknown) => stop.abort(err)),
    );
    try {
      return await Promise.race([listAndWatch(stop.signal), aborted(stop.signal)]);
    } catch (err) {
      return err;
    } finally {
      endOpinions();
      stop.abort();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const why = await supervisedRound();
      const failure = session.explain(why, { action: 'follow', key: selection.name });
      if (signal.aborted || failure.code === 'closed') return;
      session.preferNextHost();
      const waitMs = retry.next();
      link.lost(failure, waitMs);
      await delay(waitMs, signal);
    }
  }

  return { done: run(), refresh: () => readBeside(signal) };
}

function rangeEnd({ end }: Pick<Selection<never>, 'end'>): { readonly range_end?: Buffer } {
  return end === undefined ? {} : { range_end: end };
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(signal.reason);
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}
