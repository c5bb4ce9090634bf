import { createBackoff, delay, OperatorError, type Logger } from '@kubefigurator/daemon';
import type { Purpose, Session } from '../connection/session.ts';
import type { StoreKey } from '../keys/store-keys.ts';
import { ifKeyAbsent } from '../transaction/compare.ts';
import { putOfValue, transact } from '../transaction/transaction.ts';
import { followEntries } from '../watch/follow.ts';
import { grantLease, renewLease, revokeLease, type Lease } from './keep-alive.ts';

/** Who leads, as far as this process knows. */
export type Role =
  /** This process leads as long as its key exists since this revision; `undefined` if etcd denies it the key, so that nobody can. */
  | { readonly kind: 'leads'; readonly createRevision: string | undefined }
  /** Another process leads, which has written this value. */
  | { readonly kind: 'follows'; readonly leader: string }
  /** Nobody is known to lead. */
  | { readonly kind: 'vacant' };

export interface ElectionOptions {
  readonly session: Session;
  readonly key: StoreKey<string>;
  /** What is written to the key; called for each attempt to take the lead. */
  readonly value: () => string;
  /** Whether the key holds what `value` of this process has given. */
  readonly isOwn: (value: string) => boolean;
  /** False while this process should not lead. */
  readonly isEligible: () => boolean;
  /** Called after each change of the role. */
  readonly onChange: (role: Role) => void;
  readonly log: Logger;
  /** Ends the election: the key is deleted, so that another process leads at once. */
  readonly signal: AbortSignal;
  /** How long the key outlives a process that was killed, in milliseconds. */
  readonly ttlMs?: number | undefined;
}

/** An election of one process by a key on a lease. */
export interface Election {
  readonly role: () => Role;
  /** True if the lease can't have ended yet, or if none is needed, since etcd denies everybody the key. */
  readonly isAlive: () => boolean;
  /** Looks again now: whether this process should lead, and whether it still does. */
  readonly reconsider: () => void;
  /** Settles after the signal was aborted and the key is deleted. */
  readonly done: Promise<void>;
}

const TTL_MS = 10_000;
const BEATS_PER_LIFE = 3;
const RETRY = { minMs: 100, maxMs: 2_000 };
const VACANT: Role = { kind: 'vacant' };

/** Takes part in the election until the signal is aborted; outlives every failure of etcd. */
export function openElection(options: ElectionOptions): Election {
  const { session, key, value, isOwn, isEligible, onChange, log, signal, ttlMs = TTL_MS } = options;
  const purpose: Purpose = { use: 'lease', action: 'lead by', key: key.name };
  const retry = createBackoff(RETRY);
  let role: Role = VACANT;
  let lease: Lease | undefined;
  let wake = new AbortController();
  /** Since when etcd has denied each beat, by `performance.now()`; undefined if it didn't deny the last one. */
  let deniedSince: number | undefined;

  const leadsWithoutKey = (): boolean => role.kind === 'leads' && role.createRevision === undefined;

  function become(next: Role): void {
    if (JSON.stringify(next) === JSON.stringify(role)) return;
    role = next;
    onChange(role);
  }

  /** Keeps or takes the lead if that is due; resolves to the milliseconds until the next time. */
  async function beat(): Promise<number> {
    try {
      if (isEligible()) await lead();
      else if (role.kind === 'leads') await resign();
      retry.reset();
      deniedSince = undefined;
      return ttlMs / BEATS_PER_LIFE;
    } catch (error) {
      if (isDenied(error)) return goWithoutKey();
      deniedSince = undefined;
      return retry.next();
    }
  }

  /**
   * Nobody can lead by a key that etcd denies, so that everybody does. While the key is known to be somebody's, a denial
   * counts only if it outlasts a lease: rights that are being granted anew are missing for a moment.
   */
  function goWithoutKey(): number {
    deniedSince ??= performance.now();
    const isKeyTaken = role.kind !== 'vacant' && !leadsWithoutKey();
    if (isKeyTaken && performance.now() - deniedSince < ttlMs) return ttlMs / BEATS_PER_LIFE;
    become({ kind: 'leads', createRevision: undefined });
    return ttlMs;
  }

  async function lead(): Promise<void> {
    if (lease !== undefined) lease = await renewLease(session, purpose, lease);
    if (lease === undefined && role.kind === 'follows' && (await isTaken())) return;
    lease ??= await grantLease(session, purpose, ttlMs);
    await campaign(lease.id);
  }

  async function isTaken(): Promise<boolean> {
    const { kvs } = await session.call({ ...purpose, use: 'look' }, (client) =>
      client.kv.range({ key: key.first, keys_only: true }),
    );
    return kvs.length > 0;
  }

  /** Puts the key if it is missing; otherwise whoever put it leads. */
  async function campaign(leaseId: string): Promise<void> {
    const result = await transact(session, purpose, {
      compares: [ifKeyAbsent(key)],
      puts: [putOfValue(key, value(), leaseId)],
    });
    if (result.kind === 'committed') return become({ kind: 'leads', createRevision: result.revision });
    const entry = result.found(key);
    const found = entry !== undefined && 'value' in entry.value ? entry.value.value : '';
    // Ours is there after each beat, and also if the answer to a put was lost.
    if (entry !== undefined && isOwn(found))
      return become({ kind: 'leads', createRevision: entry.createRevision });
    become({ kind: 'follows', leader: found });
  }

  async function resign(): Promise<void> {
    if (lease !== undefined) await revokeLease(session, { ...purpose, action: 'revoke' }, lease.id);
    lease = undefined;
    become(VACANT);
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      wake = new AbortController();
      await delay(await beat(), AbortSignal.any([signal, wake.signal]));
    }
    await resign();
  }

  const following = followEntries(
    { session, selection: key, log },
    {
      signal,
      onState: () => undefined,
      onChange: ({ entries }) => {
        // A leader looks as well, since somebody may have deleted its key.
        if (entries.size === 0 && role.kind === 'follows') become(VACANT);
        wake.abort();
      },
    },
  );
  return {
    role: () => role,
    isAlive: () => leadsWithoutKey() || (lease !== undefined && performance.now() < lease.until),
    reconsider: () => wake.abort(),
    done: Promise.all([run(), following.done]).then(() => undefined),
  };
}

function isDenied(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'denied';
}
