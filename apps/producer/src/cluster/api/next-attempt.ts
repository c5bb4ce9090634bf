import { CutError } from '../http/body.ts';
import { ApiError, isExpiredError } from './api-error.ts';

/** A stream that was open for less than this, in milliseconds, and delivered nothing is of no use. */
export const SHORT_STREAM_MS = 500;
/** So many attempts in a row without a useful stream aren't reported as a loss, if they take no longer than this together. */
const QUIET = { attempts: 5, ms: 3_000 };
/** Statuses with which a proxy says that it can't reach the server. */
const NO_SERVER: readonly number[] = [502, 503, 504];

export const CLOSED_AT_ONCE = 'the API server, or a proxy before it, closes each stream at once';

/** How an attempt to list, if that is necessary, and to watch ended. */
export interface Ending {
  /** Undefined if the server ended the stream in order. */
  readonly error: unknown;
  /** What the error concerns; `request` also if a second connection to check the stream failed. */
  readonly during: 'list' | 'request' | 'stream';
  /** How long the stream was open, in milliseconds; 0 if the watch wasn't accepted. */
  readonly openMs: number;
  /** Whether the stream delivered a version after the one that it began at. */
  readonly delivered: boolean;
  /** Whether the watch went on from the version of an earlier stream, without a list. */
  readonly resumed: boolean;
}

/** What came before an ending. */
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
  /** Whether the next attempt waits for the back-off. */
  readonly waits: boolean;
}

/** Whether the stream delivered something, or could have. */
export function isStreamUseful({ openMs, delivered }: Pick<Ending, 'openMs' | 'delivered'>): boolean {
  return delivered || openMs >= SHORT_STREAM_MS;
}

/**
 * What follows on an ending. Servers and proxies close watches all the time; as all changes up to the last version have
 * arrived, the next stream goes on from there. A server that is away for longer may come back with an older etcd, whose
 * versions say nothing of ours, and so everything is listed.
 */
export function nextWatchAttempt(ending: Ending, before: Before): NextAttempt {
  const isEarly = !before.lost && before.useless <= QUIET.attempts;
  const isQuiet = isEarly && before.sinceMs <= QUIET.ms;
  if (isClosed(ending)) return afterClosed(ending, isQuiet);
  const lost = { from: 'list', state: 'lost', reason: ending.error, waits: true } as const;
  if (isUnreachable(ending)) return isQuiet ? { ...lost, from: 'version', state: 'interrupted' } : lost;
  const isOutdated = isExpiredError(ending.error) && ending.resumed && !isStreamUseful(ending);
  return isOutdated && isEarly ? { ...lost, state: 'expired', waits: false } : lost;
}

function afterClosed(ending: Ending, isQuiet: boolean): NextAttempt {
  if (!isStreamUseful(ending) && !isQuiet)
    return { from: 'version', state: 'lost', reason: CLOSED_AT_ONCE, waits: true };
  const reason = ending.error ?? 'the server ended it';
  return { from: 'version', state: 'interrupted', reason, waits: ending.openMs < SHORT_STREAM_MS };
}

function isClosed({ error, during }: Ending): boolean {
  return during === 'stream' && (error === undefined || error instanceof CutError);
}

/** Whether the request for a watch got no answer of the server. */
function isUnreachable({ error, during }: Ending): boolean {
  if (during !== 'request') return false;
  return (
    !(error instanceof ApiError) || (NO_SERVER.includes(error.status) && error.retryAfterMs === undefined)
  );
}
