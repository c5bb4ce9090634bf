import { createBackoff } from '@kubefigurator/daemon';
import type { FailureLog } from '../connection/failure-log.ts';

/** A key that a feature keeps on the shared lease. */
export interface LeasedKey {
  /** Puts the key, bound to this lease. */
  readonly put: (leaseId: string) => Promise<void>;
  /** Called at each beat in which no put is due, to check the key. */
  readonly check?: (leaseId: string) => Promise<void>;
  /** Called after the key was put: on a new lease, and at each verification, since etcd may have been emptied meanwhile. */
  readonly onPut?: (lease: { readonly id: string; readonly isNew: boolean }) => void;
  readonly report: FailureLog;
}

/** How often, in milliseconds. */
export interface LeasePace {
  /** Between two keep-alives: a third of the lease's time to live. */
  readonly beatMs: number;
  /** Between two puts of a key that is on the lease already, in case someone deleted it. */
  readonly verifyMs: number;
  /** Before a put that etcd denied is tried again. */
  readonly deniedMs: number;
}

/** A leased key with what is known of it. */
export interface HeldKey {
  /**
   * Puts the key if that is due, and else checks it; waits out a failure before it does either. Reports failures,
   * never rejects.
   */
  readonly settle: (leaseId: string) => Promise<void>;
  /** In how many milliseconds the key is put again after a failed put or check; infinite if nothing failed. */
  readonly retryInMs: () => number;
  readonly report: FailureLog;
}

const RETRY = { minMs: 1_000, maxMs: 10_000 };

/** `now` is a monotonic clock in milliseconds. */
export function holdLeasedKey(
  { put, check, onPut, report }: LeasedKey,
  pace: LeasePace,
  now: () => number = () => performance.now(),
): HeldKey {
  const retry = createBackoff(RETRY);
  let putOn: { readonly lease: string; readonly at: number } | undefined;
  let notBefore: number | undefined;

  const isFresh = (leaseId: string): boolean =>
    putOn?.lease === leaseId && now() - putOn.at <= pace.verifyMs && notBefore === undefined;
  const isWaiting = (): boolean => notBefore !== undefined && now() < notBefore;

  return {
    settle: async (leaseId) => {
      if (isWaiting()) return;
      const isDue = !isFresh(leaseId);
      try {
        await (isDue ? put : check)?.(leaseId);
      } catch (err) {
        notBefore = now() + (report(err) ? pace.deniedMs : retry.next());
        return;
      }
      if (isDue) {
        const isNew = putOn?.lease !== leaseId;
        putOn = { lease: leaseId, at: now() };
        notBefore = undefined;
        retry.reset();
        onPut?.({ id: leaseId, isNew });
      }
      report(undefined);
    },
    retryInMs: () => (notBefore === undefined ? Infinity : Math.max(0, notBefore - now())),
    report,
  };
}
