import { OperatorError } from '@kubefigurator/daemon';
import { mayHaveBeenCarriedOut } from '../connection/explain.ts';
import type { Session } from '../connection/session.ts';
import { encodeText } from '../keys/encoding.ts';
import type { StoreKey } from '../keys/store-keys.ts';
import { absent, unchanged } from '../transaction/compare.ts';
import { transact } from '../transaction/transaction.ts';
import type { PublishResult, Reading } from './config-store.ts';
import { holdsText, readingOf, revisionSeen, sameReading } from './reading.ts';

export interface PublishParts {
  readonly session: Session;
  readonly key: StoreKey<string>;
  readonly read: () => Promise<Reading>;
  /** Full names of the keys that are deleted with the publication. */
  readonly obeyed: readonly string[];
  /** Nothing is written while this key is there; undefined if this user may not read it. */
  readonly pause: StoreKey<string> | undefined;
}

/**
 * Puts the text in one transaction if the key is still as seen, and otherwise returns what it holds.
 * If the answer is lost, the key is read and compared: a blind retry would find its own write and take it for a conflict.
 */
export async function publishText(parts: PublishParts, text: string, seen: Reading): Promise<PublishResult> {
  const { session, key, read, obeyed, pause } = parts;
  const isHeld = holdsText(seen, text);
  if (isHeld && obeyed.length === 0) return { kind: 'unchanged' };
  const { value, compressed } = encodeText(text);
  const compares = pause === undefined ? [] : [absent(pause)];
  const isPaused = (found: <T>(key: StoreKey<T>) => unknown): boolean =>
    pause !== undefined && found(pause) !== undefined;
  const sizes = { bytes: value.length, compressed };
  try {
    return await tryOnce({ isRetry: false });
  } catch (err) {
    if (!(err instanceof OperatorError) || !mayHaveBeenCarriedOut(err)) throw err;
    return await afterLostAnswer(err);
  }

  /** A key that holds this text by now was written by another writer, or, if this is a retry, by our try whose answer was lost. */
  async function tryOnce({ isRetry }: { readonly isRetry: boolean }): Promise<PublishResult> {
    const result = await transact(
      session,
      { use: 'write', action: 'publish', key: key.name },
      {
        compares: [unchanged(key, revisionSeen(seen)), ...compares],
        puts: isHeld ? [] : [{ key: key.first, value }],
        deletes: obeyed,
      },
    );
    if (isHeld && result.kind === 'committed') return { kind: 'unchanged' };
    if (result.kind === 'committed') return { kind: 'published', revision: result.revision, ...sizes };
    if (isPaused(result.found)) return { kind: 'paused' };
    const current = readingOf(key.name, result.found(key), result.revision);
    // A request for a release that isn't deleted with the text would be obeyed again.
    const isDone = holdsText(current, text) && (obeyed.length === 0 || isRetry);
    if (!isDone) return { kind: 'conflict', current };
    return isRetry ? { kind: 'published', revision: revisionSeen(current), ...sizes } : { kind: 'unchanged' };
  }

  async function afterLostAnswer(lost: OperatorError): Promise<PublishResult> {
    const current = await read().catch(() => Promise.reject(lost));
    // A text that was there before the try proves nothing of the deletions.
    if (!isHeld && holdsText(current, text))
      return { kind: 'published', revision: revisionSeen(current), ...sizes };
    return sameReading(seen, current) ? await tryOnce({ isRetry: true }) : { kind: 'conflict', current };
  }
}
