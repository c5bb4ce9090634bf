import { describe, expect, it } from 'vitest';
import { CutError } from '../http/body.ts';
import { ApiError } from './api-error.ts';
import { type Before, type Ending, nextWatchAttempt, SHORT_STREAM_MS } from './next-attempt.ts';
import { SilentStream } from './second-opinion.ts';

const cut = new CutError('the connection was cut');
const refused = new Error('connect ECONNREFUSED');
const expired = new ApiError(410, '410 too old resource version');

const longStream: Ending = { error: cut, during: 'stream', openMs: 35_000, delivered: false, resumed: true };
const shortStream: Ending = { ...longStream, openMs: 20 };
const request: Ending = { ...shortStream, error: refused, during: 'request', openMs: 0 };
const first: Before = { useless: 1, sinceMs: 0, lost: false };

/** `version` or `list`, the state, and `waits` if it waits. */
function next(ending: Ending, before: Partial<Before> = {}): string {
  const { from, state, waits } = nextWatchAttempt(ending, { ...first, ...before });
  return `${from} ${state}${waits ? ' waits' : ''}`;
}

describe('the next attempt', () => {
  it.each([
    ['a stream that was cut', longStream, 'version interrupted'],
    ['a stream that the server ended', { ...longStream, error: undefined }, 'version interrupted'],
    ['a short stream that delivered', { ...shortStream, delivered: true }, 'version interrupted waits'],
    ['a short stream', shortStream, 'version interrupted waits'],
    ['no connection', request, 'version interrupted waits'],
    ['a second connection that failed', { ...request, openMs: 9_000 }, 'version interrupted waits'],
    [
      'a proxy without a server',
      { ...request, error: new ApiError(503, '503') },
      'version interrupted waits',
    ],
    ['a server that is busy', { ...request, error: new ApiError(503, '503', 2_000) }, 'list lost waits'],
    ['a server that refuses', { ...request, error: new ApiError(500, '500') }, 'list lost waits'],
    ['an unknown token', { ...request, error: new ApiError(401, '401') }, 'list lost waits'],
    ['410 instead of the stream', { ...request, error: expired }, 'list expired'],
    ['410 in the stream', { ...shortStream, error: expired }, 'list expired'],
    ['410 later in the stream', { ...longStream, error: expired }, 'list lost waits'],
    ['410 right after a list', { ...shortStream, error: expired, resumed: false }, 'list lost waits'],
    ['another ERROR event', { ...longStream, error: new ApiError(503, '503') }, 'list lost waits'],
    ['a stream that misses changes', { ...longStream, error: new SilentStream('x') }, 'list lost waits'],
    ['an event that is none', { ...longStream, error: new Error('no JSON') }, 'list lost waits'],
    ['a list that was cut', { ...request, error: cut, during: 'list' }, 'list lost waits'],
    ['a list without a connection', { ...request, during: 'list' }, 'list lost waits'],
  ] satisfies [string, Ending, string][])('after %s', (_what, ending, expected) => {
    expect(next(ending)).toBe(expected);
  });

  it.each([
    ['5 attempts', { useless: 5 }, 'interrupted'],
    ['6 attempts', { useless: 6 }, 'lost'],
    ['3,000 ms', { sinceMs: 3_000 }, 'interrupted'],
    ['3,001 ms', { sinceMs: 3_001 }, 'lost'],
    ['a loss that has been reported', { lost: true }, 'lost'],
  ] satisfies [string, Partial<Before>, string][])(
    'is reported as a loss after more than 5 attempts or 3 s without a useful stream: %s',
    (_what, before, state) => {
      expect(next(shortStream, before)).toBe(`version ${state} waits`);
      expect(next(request, before)).toBe(`${state === 'lost' ? 'list' : 'version'} ${state} waits`);
      expect(next({ ...shortStream, openMs: SHORT_STREAM_MS }, before)).toBe('version interrupted');
    },
  );

  it('lists without a warning after 410, however long the server was away, but not after 6 attempts or a loss', () => {
    const outdated = { ...shortStream, error: expired };
    expect(next(outdated, { sinceMs: 9_000 })).toBe('list expired');
    expect(next(outdated, { useless: 6 })).toBe('list lost waits');
    expect(next(outdated, { lost: true })).toBe('list lost waits');
  });

  it('says what is the matter with streams that are closed at once', () => {
    const { reason } = nextWatchAttempt(shortStream, { ...first, useless: 6 });
    expect(reason).toBe('the API server, or a proxy before it, closes each stream at once');
  });
});
