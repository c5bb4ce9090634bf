import { delay } from '@kubefigurator/daemon';
import { ApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';
import type { Collection } from './list.ts';
import { watch } from './watch.ts';

/** How long the stream may take to bring what the second connection has seen, in milliseconds. */
const GRACE_MS = 1_000;

export interface SecondOpinion {
  readonly client: ApiClient;
  readonly collection: Collection;
  readonly everyMs: number;
  /** The version up to which the stream has brought everything. */
  readonly version: () => string | undefined;
  /** Called when the server answers. */
  readonly alive: () => void;
}

/**
 * Asks now and then on a new connection whether something has happened that the stream doesn't bring.
 * A stream behind a proxy that lost its server, or of a server that hangs, is silent without an error,
 * and a quiet cluster looks the same. Throws when the stream can't be trusted any more.
 */
export async function checkStream(options: SecondOpinion, signal: AbortSignal): Promise<void> {
  for (;;) {
    await delay(options.everyMs * (0.8 + Math.random() * 0.4), signal);
    if (signal.aborted) return;
    const before = options.version();
    if (before === undefined || !(await misses(options, before, signal))) continue;
    await delay(GRACE_MS, signal);
    if (!signal.aborted && options.version() === before)
      throw new Error('the stream is open and brings nothing');
  }
}

async function misses(options: SecondOpinion, version: string, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const event of watch(options.client, options.collection, { version, seconds: 1 }, signal)) {
      options.alive();
      if (event.kind === 'set' || event.kind === 'deleted') return true;
    }
  } catch (error) {
    // A refusal comes from a server that lives; the stream gets its own when it is due.
    if (!(error instanceof ApiError)) throw error;
  }
  return false;
}
