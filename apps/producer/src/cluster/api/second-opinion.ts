import { delay } from '@kubefigurator/daemon';
import { CutError } from '../http/body.ts';
import { ApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';
import type { Collection } from './list.ts';
import { watchCollection } from './watch.ts';

/** The error of a stream that is open and misses changes. */
export class SilentStream extends Error {}

/** How long the stream may take to deliver what the second connection has seen, in milliseconds. */
const GRACE_MS = 1_000;

export interface SecondOpinion {
  readonly client: ApiClient;
  readonly collection: Collection;
  /** The mean time between two checks, in milliseconds. */
  readonly everyMs: number;
  /** The resource version up to which the stream has delivered everything. */
  readonly version: () => string | undefined;
  /** Called when the server answers the second connection. */
  readonly alive: () => void;
}

/**
 * Asks from time to time on a new connection whether there are changes that the stream doesn't deliver.
 * A half-open stream (a proxy lost its server, or the server hangs) is silent without an error; so is the stream of a
 * cluster without changes. Throws a `SilentStream` if the stream misses changes, and another error if the second
 * connection fails. Returns once the signal is aborted.
 */
export async function superviseStream(options: SecondOpinion, signal: AbortSignal): Promise<void> {
  for (;;) {
    // Spread, so that the checks of all collections don't come at once.
    await delay(options.everyMs * (0.8 + Math.random() * 0.4), signal);
    if (signal.aborted) return;
    const before = options.version();
    if (before === undefined || !(await hasChanges(options, before, signal))) continue;
    await delay(GRACE_MS, signal);
    if (!signal.aborted && options.version() === before)
      throw new SilentStream('the stream is open and delivers nothing');
  }
}

/** Whether a second watch, of one second, delivers a change after this version. */
async function hasChanges(options: SecondOpinion, version: string, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const event of watchCollection(
      options.client,
      options.collection,
      { version, seconds: 1 },
      signal,
    )) {
      options.alive();
      if (event.kind === 'set' || event.kind === 'deleted') return true;
    }
  } catch (error) {
    // A refusal proves that the server answers; if it lasts, the next watch is refused, too, and reports it.
    // A cut after the headers proves it as well: some proxies close a connection that is idle for a second.
    if (!(error instanceof ApiError || error instanceof CutError)) throw error;
  }
  return false;
}
