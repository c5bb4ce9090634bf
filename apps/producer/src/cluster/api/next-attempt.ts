import { CutError } from '../http/body.ts';
import { ApiError, isExpiredError } from './api-error.ts';

/** A stream is useless if it was open for less than this, in milliseconds, and delivered nothing. */
export const SHORT_STREAM_MS = 500;
/** Up to this many attempts in a row without a useful stream, within this time, aren't reported as a loss. */
const UNREPORTED = { attempts: 5, ms: 3_000 };
/** Statuses with which a proxy answers if it can't reach the server. */
const FROM_PROXY: readonly number[] = [502, 503, 504];

export const CLOSED_AT_ONCE = 'the API server, or a proxy before it, closes each stream at once';

/** How an attempt ended: it lists if that is necessary, and then watches. */
export interface Ending {
  /** Undefined if the server ended the stream in order. */
  readonly error: unknown;
  /** The step at which it ended; `request`: the request for the watch, or the second connection that checks the stream. */
  readonly during: 'list' | 'request' | 'stream';
  /** How long the stream was open, in milliseconds; 0 if the watch wasn't accepted. */
  readonly openMs: number;
  /** Whether the stream delivered a version after the one that it began at. */
  readonly delivered: boolean;
  /** Whether the watch went on from the version of an earlier stream, without a list. */
  readonly resumed: boolean;
}

/** What is known of the attempts so far. */
export interface Before {
  /** Attempts in a row without a useful stream, including the one that ended. */
  readonly useless: number;
  /** The time since the last useful stream, in milliseconds. */
  readonly sinceMs: number;
  /** Whether the collection is lost already, or was never watched. */
  readonly lost: boolean;
}

export interface NextAttempt {
  /** Whether the watch goes on from the last version, or everything is listed again. */
  readonly from: 'version' | 'list';
  /** `interrupted` and `expired` are part of the normal course, `lost` is a failure. */
  readonly state: 'interrupted' | 'expired' | 'lost';
  readonly reason: unknown;
  /** Whether the next attempt has to wait, as long as the back-off says. */
  readonly waits: boolean;
}

/** Whether the stream delivered something, or was open long enough to do so. */
export function isStreamUseful({ openMs, delivered }: Pick<Ending, 'openMs' | 'delivered'>): boolean {
  return delivered || openMs >= SHORT_STREAM_MS;
}

/**
 * What follows after an ending. Servers and proxies close watches all the time; all changes up to the last version
 * have arrived, so the next stream goes on from there. If the server is away for longer, everything is listed again:
 * it may come back with an etcd that was restored, and our version may stand for another state there.
 */
export function nextWatchAttempt(ending: Ending, before: Before): NextAttempt {
  const hasTriedLittle = !before.lost && before.useless <= UNREPORTED.attempts;
  const mayStaySilent = hasTriedLittle && before.sinceMs <= UNREPORTED.ms;
  if (isClosed(ending)) return afterClosed(ending, mayStaySilent);
  const lost = { from: 'list', state: 'lost', reason: ending.error, waits: true } as const;
  if (isUnreachable(ending)) return mayStaySilent ? { ...lost, from: 'version', state: 'interrupted' } : lost;
  // The version of an earlier stream is too old, as after a long absence: that is no failure. After a list it would
  // be one.
  const isOutdated = isExpiredError(ending.error) && ending.resumed && !isStreamUseful(ending);
  return isOutdated && hasTriedLittle ? { ...lost, state: 'expired', waits: false } : lost;
}

function afterClosed(ending: Ending, mayStaySilent: boolean): NextAttempt {
  if (!isStreamUseful(ending) && !mayStaySilent)
    return { from: 'version', state: 'lost', reason: CLOSED_AT_ONCE, waits: true };
  const reason = ending.error ?? 'the server ended it';
  return { from: 'version', state: 'interrupted', reason, waits: ending.openMs < SHORT_STREAM_MS };
}

/** Whether the stream was ended in order, or its connection was cut. */
function isClosed({ error, during }: Ending): boolean {
  return during === 'stream' && (error === undefined || error instanceof CutError);
}

/** Whether a request got no answer of the API server itself. */
function isUnreachable({ error, during }: Ending): boolean {
  if (during !== 'request') return false;
  if (!(error instanceof ApiError)) return true;
  // With `Retry-After` it is the API server that answers, and is busy.
  return FROM_PROXY.includes(error.status) && error.retryAfterMs === undefined;
}
