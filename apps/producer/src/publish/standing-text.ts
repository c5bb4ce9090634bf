import type { ConfigStore, OwnerReading, Reading } from '@kubefigurator/etcd-store';
import { hashOfText } from '@kubefigurator/etcd-store';
import { startsWithHeader } from '@kubefigurator/config-model';
import { type HistoryRecord, inOrder, parseHistoryRecord } from './history/history-record.ts';
import { standingTextIn } from './key-state.ts';

/** The text whose claims come first for a producer that has published nothing yet. */
export interface StandingText {
  readonly text: string;
  /** The revision under which the history has it; that of the key if it hasn't. */
  readonly revision: string;
  readonly isInHistory: boolean;
}

export type StandingSource = Pick<ConfigStore, 'readRecord' | 'readHistory' | 'readHistoryText'>;

/**
 * True if no other writer has changed the key since a producer published: the record is written with each publication. Without a
 * record it isn't known.
 */
export function isPublication(reading: Reading, record: OwnerReading | undefined): boolean {
  return (
    reading.kind === 'published' &&
    record !== undefined &&
    BigInt(record.revision) >= BigInt(reading.published.revision)
  );
}

/**
 * The text of the key if a producer published it last, by its record or by the newest entry of the history; else that entry's text,
 * since a text that somebody put by hand gives nobody a claim, whatever its header. Without a history the key's text counts if it
 * has our header. Undefined if there is neither. Throws OperatorError.
 */
export async function findStandingText(
  store: StandingSource,
  reading: Reading,
): Promise<StandingText | undefined> {
  const text = standingTextIn(reading);
  const [record, entries] = await Promise.all([store.readRecord(), store.readHistory()]);
  const records = inOrder(entries.flatMap((entry) => parseHistoryRecord(entry.revision, entry.record) ?? []));
  if (text !== undefined && reading.kind === 'published') {
    const hash = hashOfText(text);
    const known = records.findLast((one) => one.hash === hash);
    const own = {
      ...{ text, revision: known?.revision ?? reading.published.revision },
      isInHistory: known !== undefined,
    };
    if (isPublication(reading, record) || records.at(-1)?.hash === hash) return own;
    return (await newestOf(store, records)) ?? own;
  }
  return await newestOf(store, records);
}

async function newestOf(
  store: StandingSource,
  records: readonly HistoryRecord[],
): Promise<StandingText | undefined> {
  const newest = records.at(-1);
  if (newest === undefined) return undefined;
  const text = await store.readHistoryText(newest.revision);
  const isMeant = text !== undefined && startsWithHeader(text) && hashOfText(text) === newest.hash;
  return isMeant ? { text, revision: newest.revision, isInHistory: true } : undefined;
}
