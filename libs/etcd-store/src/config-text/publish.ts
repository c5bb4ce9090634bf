import { OperatorError } from '@kubefigurator/daemon';
import { mayHaveBeenCarriedOut } from '../connection/explain-etcd-error.ts';
import type { Session } from '../connection/session.ts';
import { encodeStoredText } from '../keys/encoding.ts';
import type { StoreKey } from '../keys/store-keys.ts';
import { ifKeyAbsent, type Compare, ifKeyExistsSince, ifKeyUnchanged } from '../transaction/compare.ts';
import { type Put, putOfValue, transact, type TransactionResult } from '../transaction/transaction.ts';
import type { LeaderCondition, PublicationTerms, PublishResult, Reading } from './config-store.ts';
import { readingHoldsText, ownerReadingOf, readingOfEntry, revisionSeen, sameReading } from './reading.ts';

export interface PublishParts {
  readonly session: Session;
  readonly key: StoreKey<string>;
  readonly read: () => Promise<Reading>;
  /** Full names of the keys that are deleted with the publication. */
  readonly obeyed: readonly string[];
  /** What operators stop publications with; undefined if this user may not read these keys. */
  readonly stops: { readonly pause: StoreKey<string>; readonly pin: StoreKey<string> } | undefined;
  /** As in the terms. */
  readonly pin: PublicationTerms['pin'];
  /** As in the terms. */
  readonly owner: PublicationTerms['owner'];
  readonly ownerKey: StoreKey<string>;
  readonly leader: PublicationTerms['leader'];
  readonly leaderKey: StoreKey<string>;
  /** What is written together with the text. */
  readonly beside: readonly Put[];
}

/**
 * Puts the text in one transaction if the key is still as seen, and otherwise returns what it holds.
 * If the answer is lost, the key is read and compared: a blind retry would find its own write and take it for a conflict.
 */
export async function publishText(parts: PublishParts, text: string, seen: Reading): Promise<PublishResult> {
  const { session, key, read, obeyed, owner, ownerKey } = parts;
  const wasStored = readingHoldsText(seen, text);
  const ownerPuts = owner?.put === undefined ? [] : [putOfValue(ownerKey, owner.put)];
  /** True if nothing has to be written or deleted but the text. */
  const isTextAll = obeyed.length === 0 && ownerPuts.length === 0;
  if (wasStored && isTextAll) return { kind: 'unchanged' };
  const { value, compressed } = encodeStoredText(text);
  const sizes = { bytes: value.length, compressed };
  try {
    return await tryOnce({ isRetry: false });
  } catch (err) {
    if (!(err instanceof OperatorError) || !mayHaveBeenCarriedOut(err)) throw err;
    return await afterLostAnswer(err);
  }

  /** If the key holds this text by now, another writer wrote it, or, in a retry, our first try whose answer was lost. */
  async function tryOnce({ isRetry }: { readonly isRetry: boolean }): Promise<PublishResult> {
    const result = await transact(
      session,
      { use: 'write', action: 'publish', key: key.name },
      {
        compares: [ifKeyUnchanged(key, revisionSeen(seen)), ...conditionsOf(parts)],
        puts: [...(wasStored ? [] : [{ key: key.first, value }]), ...parts.beside, ...ownerPuts],
        deletes: obeyed,
      },
    );
    if (wasStored && result.kind === 'committed') return { kind: 'unchanged' };
    if (result.kind === 'committed') return { kind: 'published', revision: result.revision, ...sizes };
    const refusal = refusalOf(parts, result);
    if (refusal !== undefined) return refusal;
    const current = readingOfEntry(key.name, result.found(key), result.revision);
    // An equal text of another writer isn't enough: a request for a release that isn't deleted would be obeyed again.
    const isDone = readingHoldsText(current, text) && (isTextAll || isRetry);
    if (!isDone) return { kind: 'conflict', current };
    return isRetry ? { kind: 'published', revision: revisionSeen(current), ...sizes } : { kind: 'unchanged' };
  }

  async function afterLostAnswer(lost: OperatorError): Promise<PublishResult> {
    const current = await read().catch(() => Promise.reject(lost));
    // A text that was stored before the try doesn't show whether the rest of the transaction was carried out.
    if (!wasStored && readingHoldsText(current, text))
      return { kind: 'published', revision: revisionSeen(current), ...sizes };
    return sameReading(seen, current) ? await tryOnce({ isRetry: true }) : { kind: 'conflict', current };
  }
}

/** The conditions on other keys than that of the text. */
function conditionsOf({ stops, pin, owner, ownerKey, leader, leaderKey }: PublishParts): readonly Compare[] {
  return [
    ...(stops === undefined
      ? []
      : [ifKeyAbsent(stops.pause), ifKeyUnchanged(stops.pin, pin?.revision ?? '0')]),
    ...(owner === undefined ? [] : [ifKeyUnchanged(ownerKey, owner.seen.revision)]),
    ...leaderConditionOf(leaderKey, leader),
  ];
}

/** The condition that the right process leads; none if it doesn't matter who leads. */
export function leaderConditionOf(
  key: StoreKey<string>,
  leader: LeaderCondition | undefined,
): readonly Compare[] {
  if (leader === undefined) return [];
  return [leader.kind === 'nobody' ? ifKeyAbsent(key) : ifKeyExistsSince(key, leader.createRevision)];
}

function isUnmet(unmet: readonly Compare[], { name }: StoreKey<string>): boolean {
  return unmet.some(({ key }) => key === name);
}

/** The result for the first of the conditions on pause, owner and leader that wasn't met; undefined if all were. */
function refusalOf(
  { stops, ownerKey, leaderKey }: PublishParts,
  { found, unmet }: Extract<TransactionResult, { kind: 'refused' }>,
): PublishResult | undefined {
  if (stops !== undefined && found(stops.pause) !== undefined) return { kind: 'paused' };
  if (isUnmet(unmet, ownerKey)) return { kind: 'disowned', owner: ownerReadingOf(found(ownerKey)) };
  if (isUnmet(unmet, leaderKey)) return { kind: 'fenced', leader: ownerReadingOf(found(leaderKey)).value };
  return stops !== undefined && isUnmet(unmet, stops.pin)
    ? { kind: 'pinned', pin: ownerReadingOf(found(stops.pin)) }
    : undefined;
}
