import { delay, type Logger, OperatorError } from '@kubefigurator/daemon';
import type { ConfigStore, Published, Reading } from '@kubefigurator/etcd-store';
import {
  describeReading,
  holds,
  isForeign,
  noticeReading,
  rememberPublished,
  UNKNOWN_KEY,
} from './key-state.ts';
import { recordOverwrite } from './overwrites.ts';

/** The result of a publication. */
export interface Publication {
  readonly kind: 'published' | 'unchanged';
  /** etcd's revision of the text. */
  readonly revision: string;
  readonly bytes: number;
}

/** Keeps the key equal to our text. */
export interface Publisher {
  /** Writes the text unless the key holds it already; throws an OperatorError if etcd doesn't take it. */
  readonly publish: (text: string) => Promise<Publication>;
  /** Takes a reading of the watch; true if another writer changed or deleted our text, so that it has to be restored. */
  readonly notice: (reading: Reading) => boolean;
  /** Reads the key again before the next publication. */
  readonly forget: () => void;
}

export interface PublisherOptions {
  readonly store: ConfigStore;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onConflict?: () => void;
}

const MOST_CONFLICTS = 5;

export function createPublisher({ store, log, signal, onConflict }: PublisherOptions): Publisher {
  let state = UNKNOWN_KEY;
  let overwriteTimes: readonly number[] = [];
  /** The number of readings of the watch, to detect one that comes during a write. */
  let readings = 0;

  function notice(reading: Reading): boolean {
    readings += 1;
    const noticed = noticeReading(state, reading);
    state = noticed.state;
    return noticed.mustRestore;
  }

  async function publish(text: string): Promise<Publication> {
    const seen = state.seen ?? (await store.read());
    // Before our first text was in etcd, the key can only hold what the first publication is meant to replace.
    let overwrites = state.written.size > 0 && isForeign(state, seen);
    if (overwrites) await announceOverwrite(seen);
    state = { ...state, wanted: text };
    for (let attempt = 0, base = seen; attempt < MOST_CONFLICTS; attempt += 1) {
      const before = readings;
      const result = await store.publish(text, base);
      if (result.kind !== 'conflict') {
        const published = result.kind === 'published' ? { ...result, text } : await publishedAs(text, base);
        state = rememberPublished(state, pick(published));
        if (overwrites) log.warn({ key: store.key, revision: published.revision }, 'foreign-text.replaced');
        // The reading that came during the write may be newer than the write.
        if (readings !== before) forget();
        return { kind: result.kind, revision: published.revision, bytes: published.bytes };
      }
      base = result.current;
      if (takeConflict(base)) overwrites = true;
    }
    forget();
    throw new OperatorError(`another writer keeps changing ${store.key}`, {
      hint: 'only one producer may run for a path',
    });
  }

  /** Another writer changed the key between our read and our write; true if it holds a text that isn't ours. */
  function takeConflict(current: Reading): boolean {
    state = { ...state, seen: current };
    onConflict?.();
    if (!isForeign(state, current)) return false;
    log.warn({ key: store.key, holds: describeReading(current) }, 'publication.overtaken');
    return true;
  }

  /** Logs that a foreign text is about to be overwritten, and waits if that happened often. */
  async function announceOverwrite(foreign: Reading): Promise<void> {
    const { times, waitMs } = recordOverwrite(overwriteTimes, performance.now());
    overwriteTimes = times;
    log.warn({ key: store.key, holds: describeReading(foreign), waitMs }, 'foreign-text.found');
    if (waitMs > 0) await delay(waitMs, signal);
  }

  /** The key's entry for our text. `base` may hold another text if the store found ours under the key: then it is read again. */
  async function publishedAs(text: string, base: Reading): Promise<Published> {
    const current = holds(base, text) ? base : await store.read();
    if (!holds(current, text)) {
      state = { ...state, seen: current };
      throw new OperatorError(`${store.key} changes while it is published`);
    }
    return current.published;
  }

  function forget(): void {
    state = { ...state, seen: undefined };
  }

  return { publish, notice, forget };
}

function pick({ revision, text, bytes }: Published): Published {
  return { revision, text, bytes };
}
