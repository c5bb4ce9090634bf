import type { Etcd3 } from 'etcd3';
import { OperatorError } from '@kubefigurator/daemon';
import type { Purpose, Session } from '../connection/session.ts';

/** A lease in etcd. */
export interface Lease {
  readonly id: string;
  /**
   * Until when etcd keeps it at least, by `performance.now()`, in milliseconds. It is counted here, since etcd3's own
   * lease reports its loss only after twice the time to live.
   */
  readonly until: number;
}

/** How long one keep-alive may take, in milliseconds. */
const ANSWER_MS = 3_000;

/** Asks for a lease of this time to live, in milliseconds; throws OperatorError. */
export async function grantLease(session: Session, purpose: Purpose, ttlMs: number): Promise<Lease> {
  const began = performance.now();
  const { ID: id } = await session.call(purpose, (client) =>
    client.leaseClient.leaseGrant({ TTL: Math.ceil(ttlMs / 1_000), ID: 0 }),
  );
  return { id, until: began + ttlMs };
}

/** Prolongs a lease; undefined if etcd doesn't know it any more. Throws OperatorError. */
export async function renewLease(
  session: Session,
  purpose: Purpose,
  { id }: Lease,
): Promise<Lease | undefined> {
  const began = performance.now();
  const ttl = await session.call(purpose, (client) => keepAliveOnce(client, id));
  return ttl > 0 ? { id, until: began + ttl * 1_000 } : undefined;
}

/** Revokes a lease, which deletes its keys. A failure is ignored, since etcd drops the lease at its end. */
export async function revokeLease(session: Session, purpose: Purpose, id: string): Promise<void> {
  await session.call(purpose, (client) => client.leaseClient.leaseRevoke({ ID: id })).catch(() => undefined);
}

/**
 * One keep-alive on a stream of its own, since a long-lived stream would need its own supervision; resolves to the
 * seconds left. After an answer the stream is ended and not cancelled: for etcd3 1.1.2 a cancelled stream is a failure of
 * the host, after which it closes every connection of the client.
 */
async function keepAliveOnce(client: Etcd3, id: string): Promise<number> {
  const stream = await client.leaseClient.leaseKeepAlive();
  let timer: NodeJS.Timeout | undefined;
  try {
    const seconds = await new Promise<number>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error('ETIMEDOUT: no answer to a keep-alive')), ANSWER_MS);
      stream.on('data', ({ TTL }) => resolve(Number(TTL)));
      stream.on('error', reject);
      stream.on('end', () =>
        reject(new OperatorError('etcd ended the lease stream', { code: 'unreachable' })),
      );
      stream.write({ ID: id });
    });
    stream.end();
    return seconds;
  } catch (err) {
    stream.cancel();
    throw err;
  } finally {
    clearTimeout(timer);
  }
}
