import { messageOfError, type Logger } from '@kubefigurator/daemon';
import { type ConfigStore, hashOfText, packText } from '@kubefigurator/etcd-store';
import { formatHistoryRecord } from './history-record.ts';

/** A text that the key holds. */
export interface LiveText {
  /** The revision of the key. */
  readonly revision: string;
  readonly text: string;
}

/**
 * Adds a text to the history, if it lacks that revision, and has nothing go for it: its producer may have died before it did so.
 * A failure is logged, and nothing waits for it.
 */
export async function keepText(
  store: Pick<ConfigStore, 'writeHistory'>,
  { revision, text }: LiveText,
  log: Logger,
): Promise<void> {
  const packed = await packText(text);
  const record = formatHistoryRecord({
    ...{ revision, at: new Date().toISOString(), hash: hashOfText(text) },
    ...{ textBytes: Buffer.byteLength(text), storedBytes: packed.length },
    ...{ by: 'unknown', reason: 'pin', publications: 1 },
  });
  try {
    await store.writeHistory({ revision, record, packed, deletes: [], leader: undefined, isNew: true });
  } catch (error) {
    log.warn({ revision, reason: messageOfError(error) }, 'history.unwritten');
  }
}
