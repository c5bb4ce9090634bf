import { createBackoff, delay } from '@kubefigurator/daemon';
import type { Purpose, Session } from '../connection/session.ts';
import { grantLease, renewLease, revokeLease, type Lease } from './keep-alive.ts';
import { holdLeasedKey, type HeldKey, type LeasedKey, type LeasePace } from './leased-key.ts';

/** One lease for all features of a process that keep keys for as long as the process lives. */
export interface SharedLease {
  /** Keeps the key on the lease from now on, and puts it again on each new lease. The first call asks for the lease. */
  readonly keep: (key: LeasedKey) => void;
  /** The lease, if etcd can't have dropped it yet. */
  readonly current: () => Lease | undefined;
  /** Revokes the lease, which deletes its keys; waits for the call in progress, and doesn't reject. */
  readonly close: () => Promise<void>;
}

const BEATS_PER_LIFE = 3;
const RETRY = { minMs: 1_000, maxMs: 10_000 };
const PURPOSE: Purpose = { use: 'lease', action: 'renew', key: 'the lease' };

/** A lease that is granted again whenever it may be lost; does nothing until the first key is kept on it. */
export function openLease(session: Session, pace: LeasePace): SharedLease {
  const retry = createBackoff(RETRY);
  const keys: HeldKey[] = [];
  let lease: Lease | undefined;
  let closed = false;
  let wake = new AbortController();
  let running: Promise<void> | undefined;

  async function ensureLease(): Promise<Lease> {
    if (lease !== undefined) lease = await renewLease(session, PURPOSE, lease);
    lease ??= await grantLease(session, PURPOSE, pace.beatMs * BEATS_PER_LIFE);
    return lease;
  }

  /** Renews the lease and puts what is due; resolves to the milliseconds until the next time. */
  async function beat(): Promise<number> {
    try {
      const { id } = await ensureLease();
      retry.reset();
      await Promise.all(keys.map((key) => key.settle(id)));
      return Math.min(pace.beatMs, ...keys.map((key) => key.retryInMs()));
    } catch (err) {
      if (lease !== undefined && performance.now() > lease.until) lease = undefined;
      const denied = keys.map((key) => key.report(err)).includes(true);
      return denied ? pace.deniedMs : retry.next();
    }
  }

  async function run(): Promise<void> {
    while (!closed) {
      wake = new AbortController();
      const { signal } = wake;
      await delay(await beat(), signal);
    }
    if (lease !== undefined) await revokeLease(session, { ...PURPOSE, action: 'revoke' }, lease.id);
  }

  return {
    keep: (key) => {
      keys.push(holdLeasedKey(key, pace));
      wake.abort();
      running ??= run();
    },
    current: () => (lease !== undefined && performance.now() < lease.until ? lease : undefined),
    close: async () => {
      closed = true;
      wake.abort();
      await running;
    },
  };
}
