import type { Diagnostic } from '@kubefigurator/translator';
import { type BackoffLimits, createBackoff, delay, type Logger, messageOf } from '@kubefigurator/daemon';
import { type Announcement, appeared, resolved, type Standing, standingOf } from './announcements.ts';
import { ApiError, isAlreadyThere, isNamespaceGone } from '../api/api-error.ts';
import { eventOf } from './event-manifest.ts';
import type { EventAccess, EventManifest } from '../event-access.ts';

/** A mistake in many Services at once must not fill the cluster's etcd. */
const MOST_IN_WINDOW = 50;
const WINDOW_MS = 60_000;
const LONGEST_QUEUE = 200;
const TRIES = 3;
const RETRY: BackoffLimits = { minMs: 500, maxMs: 5_000 };

export type EventResult = 'created' | 'known' | 'failed' | 'limited';

export interface EventsOptions {
  readonly access: EventAccess;
  /** Which producer says it. */
  readonly instance: string;
  readonly log: Logger;
  readonly onResult: (result: EventResult) => void;
  /** Ends it at once; what isn't said yet isn't said. */
  readonly signal: AbortSignal;
  readonly retry?: BackoffLimits;
}

/** Says on each object what is wrong with it, once per change, in the background; never throws. */
export interface Events {
  readonly report: (diagnostics: readonly Diagnostic[]) => void;
  /** Says everything that stands once more at the next report, where no Event says it yet. */
  readonly repeat: () => void;
}

interface Item {
  readonly announcement: Announcement;
  readonly at: Date;
  /** Whether somebody may have said just this before us: a producer that ran before. */
  readonly maybeKnown: boolean;
}

export function createEvents(options: EventsOptions): Events {
  const { access, log, onResult, signal } = options;
  let known: Standing = new Map();
  let repeating = true;
  let accepted: number[] = [];
  let limited = false;
  let working = false;
  const queue: Item[] = [];
  /** The kinds of trouble that were told. */
  const told = new Set<number>();

  function report(diagnostics: readonly Diagnostic[]): void {
    const now = standingOf(diagnostics, access.uidOf);
    const at = new Date();
    for (const announcement of resolved(known, now, access.uidOf))
      accept({ announcement, at, maybeKnown: false });
    for (const announcement of appeared(repeating ? new Map() : known, now))
      accept({ announcement, at, maybeKnown: repeating });
    known = now;
    repeating = false;
    if (!working) void work();
  }

  function accept(item: Item): void {
    const now = performance.now();
    accepted = accepted.filter((at) => now - at < WINDOW_MS);
    if (accepted.length < MOST_IN_WINDOW && queue.length < LONGEST_QUEUE) {
      limited = false;
      accepted.push(now);
      return void queue.push(item);
    }
    onResult('limited');
    if (!limited) log.warn({ perMinute: MOST_IN_WINDOW }, 'events.limited');
    limited = true;
  }

  async function work(): Promise<void> {
    working = true;
    for (let item = queue.shift(); item !== undefined && !signal.aborted; item = queue.shift()) {
      const result = await say(item);
      if (!signal.aborted) onResult(result);
    }
    working = false;
  }

  async function say(item: Item): Promise<EventResult> {
    const { announcement, at, maybeKnown } = item;
    const context = { instance: options.instance, at };
    try {
      if ((await create(eventOf(announcement, context))) === 'created') return 'created';
      if (maybeKnown) return 'known';
      // The same mistake was made and mended within the hour that the API server keeps Events.
      await create(eventOf(announcement, { ...context, again: true }));
      return 'created';
    } catch (error) {
      return failed(error, item);
    }
  }

  async function create(event: EventManifest): Promise<'created' | 'there'> {
    const backoff = createBackoff(options.retry ?? RETRY);
    let unsure = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await access.create(event, signal);
        return 'created';
      } catch (error) {
        if (isAlreadyThere(error)) return unsure ? 'created' : 'there';
        if (attempt === TRIES || signal.aborted || isFinal(error)) throw error;
        unsure ||= mayHaveWorked(error);
      }
      await delay(backoff.next(), signal);
    }
  }

  function failed(error: unknown, { announcement }: Item): EventResult {
    const { kind, namespace, name } = announcement.diagnostic.object;
    const fields = { reason: messageOf(error), object: { kind, namespace, name } };
    const trouble = error instanceof ApiError ? error.status : 0;
    const quiet = signal.aborted || isNamespaceGone(error) || told.has(trouble);
    if (quiet) log.debug(fields, 'event.failed');
    else log.warn(fields, 'event.failed');
    if (!quiet) told.add(trouble);
    return 'failed';
  }

  return {
    report,
    repeat: () => {
      repeating = true;
      told.clear();
    },
  };
}

/** An answer that got lost, here or behind the API server. */
function mayHaveWorked(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status >= 500;
}

/** A no that stays a no. */
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500 && error.status !== 429;
}
