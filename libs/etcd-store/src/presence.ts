import { createBackoff, delay, OperatorError } from '@kubefigurator/daemon';
import type { Etcd3 } from 'etcd3';
import type { AnnouncerPace, Teller } from './announcing.ts';
import type { Session } from './session.ts';

export interface PresenceOptions {
  readonly session: Session;
  readonly key: Buffer;
  readonly value: string;
  readonly pace: AnnouncerPace;
  /** Ends it and takes the key away. */
  readonly signal: AbortSignal;
  readonly tell: Teller;
  /** Called with each new lease and now and then: etcd may have been emptied meanwhile. */
  readonly onVerify: () => void;
}

interface Lease {
  readonly id: string;
  /** When etcd drops it at the earliest, by our own monotonic clock: the library tells that much later. */
  readonly until: number;
}

const BEATS_PER_LIFE = 3;
const RETRY = { minMs: 1_000, maxMs: 10_000 };
const ANSWER_MS = 3_000;

/** Keeps a leased key in etcd until aborted, with a new lease whenever the one before may be gone; never rejects. */
export async function keepPresent(options: PresenceOptions): Promise<void> {
  const { session, pace, signal, tell } = options;
  const retry = createBackoff(RETRY);
  let lease: Lease | undefined;
  let verifiedAt = 0;

  async function live(): Promise<void> {
    lease = lease === undefined ? undefined : await renew(options, lease);
    if (lease !== undefined && performance.now() - verifiedAt <= pace.verifyMs) return;
    lease = await putKey(options, lease ?? (await grant(options)));
    verifiedAt = performance.now();
    options.onVerify();
  }

  function failed(error: unknown): number {
    if (lease !== undefined && performance.now() > lease.until) lease = undefined;
    return tell(error) ? pace.deniedMs : retry.next();
  }

  while (!signal.aborted) {
    const waitMs = await live().then(() => {
      retry.reset();
      tell(undefined);
      return pace.beatMs;
    }, failed);
    await delay(waitMs, signal);
  }
  if (lease !== undefined) await revoke(session, lease.id);
}

async function grant({ session, pace }: PresenceOptions): Promise<Lease> {
  const ttlMs = pace.beatMs * BEATS_PER_LIFE;
  const began = performance.now();
  const { ID: id } = await session.call('lease', 'announce', (client) =>
    client.leaseClient.leaseGrant({ TTL: Math.ceil(ttlMs / 1_000), ID: 0 }),
  );
  return { id, until: began + ttlMs };
}

/** A lease that can't hold the key is of no use to anybody. */
async function putKey({ session, key, value }: PresenceOptions, lease: Lease): Promise<Lease> {
  try {
    await session.call('lease', 'announce', (client) =>
      client.kv.put({ key, value: Buffer.from(value), lease: lease.id }),
    );
  } catch (error) {
    void revoke(session, lease.id);
    throw error;
  }
  return lease;
}

/** Undefined where etcd doesn't know the lease any more. */
async function renew({ session }: PresenceOptions, { id }: Lease): Promise<Lease | undefined> {
  const began = performance.now();
  const ttl = await session.call('lease', 'announce', (client) => beat(client, id));
  return ttl > 0 ? { id, until: began + ttl * 1_000 } : undefined;
}

/** One question on a stream of its own: a stream that lives for years would need a watch of its own. Gives seconds left. */
async function beat(client: Etcd3, id: string): Promise<number> {
  const stream = await client.leaseClient.leaseKeepAlive();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<number>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error('ETIMEDOUT: no answer to a keep-alive')), ANSWER_MS);
      stream.on('data', ({ TTL }) => resolve(Number(TTL)));
      stream.on('error', reject);
      stream.on('end', () =>
        reject(new OperatorError('etcd ended the lease stream', { code: 'unreachable' })),
      );
      stream.write({ ID: id });
    });
  } finally {
    clearTimeout(timer);
    stream.cancel();
  }
}

async function revoke(session: Session, id: string): Promise<void> {
  await session
    .call('lease', 'revoke', (client) => client.leaseClient.leaseRevoke({ ID: id }))
    .catch(() => undefined);
}
