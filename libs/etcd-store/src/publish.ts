import type { ITxnResponse } from 'etcd3';
import { OperatorError } from '@kubefigurator/daemon';
import { encodeText } from './encoding.ts';
import { isAmbiguous } from './explain.ts';
import { holdsText, readingOf, revisionSeen, sameReading } from './reading.ts';
import type { Session } from './session.ts';
import type { PublishResult, Reading } from './store.ts';

/** What publishing needs of the store. */
export interface Publisher {
  readonly session: Session;
  readonly key: Buffer;
  readonly read: () => Promise<Reading>;
}

/**
 * One transaction: put if the key is still as seen, otherwise tell what is there.
 * After a lost answer the key is read and compared, since a blind retry would meet its own write as a conflict.
 */
export async function publishText(publisher: Publisher, text: string, seen: Reading): Promise<PublishResult> {
  if (holdsText(seen, text)) return { kind: 'unchanged' };
  const { value, compressed } = encodeText(text);
  const sizes = { bytes: value.length, compressed };
  try {
    return await tryOnce('unchanged');
  } catch (err) {
    if (!(err instanceof OperatorError) || !isAmbiguous(err)) throw err;
    return await afterLostAnswer(err);
  }

  /** Where the text is there already although we didn't see it, `otherwise` says whose write that is. */
  async function tryOnce(otherwise: 'unchanged' | 'published'): Promise<PublishResult> {
    const response = await putIfUnchanged(publisher, value, revisionSeen(seen));
    if (response.succeeded) return { kind: 'published', revision: response.header.revision, ...sizes };
    const range = response.responses[0]?.response_range;
    const current = range === undefined ? await publisher.read() : readingOf(range);
    if (!holdsText(current, text)) return { kind: 'conflict', current };
    return otherwise === 'unchanged'
      ? { kind: otherwise }
      : { kind: otherwise, revision: revisionSeen(current), ...sizes };
  }

  async function afterLostAnswer(lost: OperatorError): Promise<PublishResult> {
    const current = await publisher.read().catch(() => Promise.reject(lost));
    if (holdsText(current, text)) return { kind: 'published', revision: revisionSeen(current), ...sizes };
    return sameReading(seen, current) ? await tryOnce('published') : { kind: 'conflict', current };
  }
}

function putIfUnchanged({ session, key }: Publisher, value: Buffer, revision: string): Promise<ITxnResponse> {
  return session.call('write', 'publish', (client) =>
    client.kv.txn({
      compare: [{ result: 'Equal', target: 'Mod', key, mod_revision: revision }],
      success: [{ request_put: { key, value } }],
      failure: [{ request_range: { key } }],
    }),
  );
}
