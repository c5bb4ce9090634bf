import { apiErrorOfStatus } from './api-error.ts';
import { readLines } from '../http/body.ts';
import { parseApiJson } from './foreign-answer.ts';
import type { ApiClient } from './client.ts';
import type { Collection } from './list.ts';

/** The server ends a watch after this time, and a new watch continues from the last version. */
const WATCH_SECONDS = 290;
/** How long an event may be, in characters. */
const LONGEST_LINE = 64 * 1024 * 1024;

export type WatchEvent =
  | { readonly kind: 'opened' }
  | { readonly kind: 'set' | 'deleted'; readonly version: string; readonly object: unknown }
  | { readonly kind: 'bookmark'; readonly version: string };

export interface WatchFrom {
  readonly version: string;
  /** After how many seconds the server ends the stream. */
  readonly seconds?: number;
  /** How long to wait before more events are read, in milliseconds; asked each time when no more have arrived. */
  readonly restMs?: () => number;
}

/**
 * The changes in a collection after a resource version, until the server ends the stream in order. The first event is
 * `opened`: the server has accepted the watch. Throws as `get` of the client does, an `ApiError` at an ERROR event,
 * and a `CutError` if the stream is cut, or still open and silent 15 s after the server should have ended it. The
 * connection is destroyed in every case.
 */
export async function* watchCollection(
  client: ApiClient,
  { path, selector }: Collection,
  { version, seconds = WATCH_SECONDS, restMs }: WatchFrom,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const only = selector === undefined ? '' : `${selector}&`;
  const query = `${only}watch=true&allowWatchBookmarks=true&timeoutSeconds=${seconds}&resourceVersion=${encodeURIComponent(version)}`;
  const response = await client.get(`${path}?${query}`, signal, { readsAhead: restMs === undefined });
  const limits = { limitBytes: LONGEST_LINE, idleMs: (seconds + 15) * 1000, ...(restMs && { restMs }) };
  const url = new URL(client.server + path);
  yield { kind: 'opened' };
  for await (const line of readLines(response, limits)) {
    if (line.trim() !== '') yield parseEvent(parseApiJson(line, url));
  }
}

function parseEvent(event: unknown): WatchEvent {
  const { type, object } = (event ?? {}) as { type?: unknown; object?: Record<string, unknown> };
  if (type === 'ERROR') throw apiErrorOfStatus(object);
  const metadata = object?.['metadata'] as Record<string, unknown> | undefined;
  const version = metadata?.['resourceVersion'];
  if (typeof version !== 'string') throw new Error('a watch event without a resource version');
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'set', version, object };
    case 'DELETED':
      return { kind: 'deleted', version, object };
    case 'BOOKMARK':
      return { kind: 'bookmark', version };
    default:
      throw new Error(`a watch event of the unknown type ${String(type)}`);
  }
}
