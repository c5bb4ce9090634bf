import type { Diagnostic } from '@kubefigurator/translator';
import { type BackoffLimits, createBackoff, delay, type Logger, messageOfError } from '@kubefigurator/daemon';
import {
  type Announcement,
  appearedDiagnostics,
  resolvedDiagnostics,
  type DiagnosticsByContent,
  diagnosticsByContent,
} from './announcements.ts';
import { ApiError, isAlreadyExistsError, isNamespaceGoneError } from '../api/api-error.ts';
import { createEventBudget, type EventBudget, inNamespaceTurns, MOST_IN_WINDOW } from './event-budget.ts';
import { eventManifestOf } from './event-manifest.ts';
import type { EventAccess, EventManifest } from '../event-access.ts';

/** In Events; further ones are dropped and counted as `limited`. */
const LONGEST_QUEUE = 200;
/** How often the creation of one Event is tried in all. */
const TRIES = 3;
const RETRY: BackoffLimits = { minMs: 500, maxMs: 5_000 };

/** `known`: the Event exists already. `limited`: it was dropped, by the budget or because the queue is full. */
export type EventResult = 'created' | 'known' | 'failed' | 'limited';

export interface EventsOptions {
  readonly access: EventAccess;
  /** The name of this producer in its Events: its host or Pod. */
  readonly instance: string;
  readonly log: Logger;
  readonly onResult: (result: EventResult) => void;
  /** Ends the work at once and drops the Events that are still queued. */
  readonly signal: AbortSignal;
  readonly retry?: BackoffLimits;
  /** Shared with other Events of this producer; by default a budget of its own. */
  readonly budget?: EventBudget;
  /** The note of the Event that says that a diagnostic is gone; by default as in `EventContext`. */
  readonly resolvedNote?: (diagnostic: Diagnostic) => string;
}

/** Creates Events on the objects of diagnostics, once per change, in the background; never throws. */
export interface Events {
  /** Takes all diagnostics of a pass; what differs from the report before becomes Events. */
  readonly report: (diagnostics: readonly Diagnostic[]) => void;
  /** Creates the Events for all present diagnostics again at the next report, unless they exist already. */
  readonly repeat: () => void;
}

interface Item {
  readonly announcement: Announcement;
  readonly at: Date;
  /** Whether the same Event may exist already, created by an earlier producer or before `repeat`. */
  readonly maybeKnown: boolean;
}

export function createEvents(options: EventsOptions): Events {
  const { access, log, onResult, signal } = options;
  let known: DiagnosticsByContent = new Map();
  /** True if the next report begins anew: at the start, and after `repeat`. */
  let repeating = true;
  const budget = options.budget ?? createEventBudget();
  let limited = false;
  let working = false;
  const queue: Item[] = [];
  /** HTTP statuses that were logged at level warn, 0 for a failed connection; the next ones are logged at level debug. */
  const logged = new Set<number>();

  function report(diagnostics: readonly Diagnostic[]): void {
    const now = diagnosticsByContent(diagnostics, access.uidOf);
    const at = new Date();
    const gone = resolvedDiagnostics(known, now, access.uidOf).map((announcement) => ({
      announcement,
      at,
      maybeKnown: repeating,
    }));
    const found = appearedDiagnostics(repeating ? new Map() : known, now).map((announcement) => ({
      announcement,
      at,
      maybeKnown: repeating,
    }));
    acceptAll(inNamespaceTurns([...gone, ...found], ({ announcement }) => announcement.diagnostic.object));
    known = now;
    repeating = false;
    if (!working) void work();
  }

  function acceptAll(items: readonly Item[]): void {
    const refused = items.filter((item) => !accept(item)).length;
    const wasLimited = limited;
    if (items.length > 0) limited = refused > 0;
    if (limited && !wasLimited) log.warn({ perMinute: MOST_IN_WINDOW }, 'events.limited');
    if (!limited && wasLimited) log.warn({ perMinute: MOST_IN_WINDOW }, 'events.resumed');
  }

  function accept(item: Item): boolean {
    const { object } = item.announcement.diagnostic;
    if (queue.length < LONGEST_QUEUE && budget.take(object, performance.now())) {
      queue.push(item);
      return true;
    }
    onResult('limited');
    return false;
  }

  async function work(): Promise<void> {
    working = true;
    for (let item = queue.shift(); item !== undefined && !signal.aborted; item = queue.shift()) {
      const result = await createFor(item);
      if (!signal.aborted) onResult(result);
    }
    working = false;
  }

  async function createFor(item: Item): Promise<EventResult> {
    const { announcement, at, maybeKnown } = item;
    const resolvedNote = options.resolvedNote?.(announcement.diagnostic);
    const context = { instance: options.instance, at, ...(resolvedNote !== undefined && { resolvedNote }) };
    try {
      if ((await create(eventManifestOf(announcement, context))) === 'created') return 'created';
      if (maybeKnown) return 'known';
      // The same change happened before, within the hour for which the API server keeps Events: a new name is needed.
      await create(eventManifestOf(announcement, { ...context, again: true }));
      return 'created';
    } catch (error) {
      return failed(error, item);
    }
  }

  async function create(event: EventManifest): Promise<'created' | 'exists'> {
    const backoff = createBackoff(options.retry ?? RETRY);
    let mayExist = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await access.create(event, signal);
        return 'created';
      } catch (error) {
        if (isAlreadyExistsError(error)) return mayExist ? 'created' : 'exists';
        if (attempt === TRIES || signal.aborted || isFinal(error)) throw error;
        mayExist ||= mayHaveWorked(error);
      }
      await delay(backoff.next(), signal);
    }
  }

  /** Logs the first failure of each HTTP status as a warning, so that a missing permission fills no log. */
  function failed(error: unknown, { announcement }: Item): EventResult {
    const { kind, namespace, name } = announcement.diagnostic.object;
    const subject = `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
    const fields = { reason: messageOfError(error), subject };
    const status = error instanceof ApiError ? error.status : 0;
    const quiet = signal.aborted || isNamespaceGoneError(error) || logged.has(status);
    if (quiet) log.debug(fields, 'event.failed');
    else log.warn(fields, 'event.failed');
    if (!quiet) logged.add(status);
    return 'failed';
  }

  return {
    report,
    repeat: () => {
      repeating = true;
      logged.clear();
    },
  };
}

/** True if the Event may exist despite the error: the answer was lost, on the way to us or behind the API server. */
function mayHaveWorked(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status >= 500;
}

/** True for a refusal that another attempt wouldn't change; 429 (too many requests) isn't one. */
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500 && error.status !== 429;
}
