import { type Logger, OperatorError } from '@kubefigurator/daemon';
import type { ConfigStore, Election, LeaderCondition, Role } from '@kubefigurator/etcd-store';
import { parseJsonObject } from './json-object.ts';
import { describeLeader } from './leader-key.ts';
import { formatRecord, parseRecord, type Versions } from './publication-record.ts';

/**
 * How often a producer that has just begun to lead compares its lists with those of the last publication, in
 * milliseconds.
 */
const LIST_MS = 50;
/**
 * After this time it leads with lists that still look older: the cluster was restored from a backup, so that its
 * versions went back.
 */
const PATIENCE_MS = 15_000;

/** One producer that takes part in the election. */
export interface Candidate {
  /** No other process has the same. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
}

export interface LeadershipOptions {
  readonly store: Pick<ConfigStore, 'key' | 'campaign' | 'readRecord'>;
  readonly self: Candidate;
  /** Why this producer may not publish; undefined if nothing is known against it. */
  readonly refusal: () => string | undefined;
  /** Lists everything again. */
  readonly refresh: () => void;
  /** Called after each change of who leads, and when a pass has to compare the lists again. */
  readonly onChange: (leads: boolean) => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * How a pass goes on. `lead` publishes. `begin` publishes as a producer that has just been started: another one has
 * published meanwhile, so that what this one remembers is outdated. `follow` only compiles, to be ready. `wait` does
 * nothing: nobody leads yet, or this producer leads and its lists are too old.
 */
export type Part = 'lead' | 'begin' | 'follow' | 'wait';

/** Whether this producer may publish: several may run for one path, and one of them leads. */
export interface Leadership {
  /**
   * To be called with the versions of each complete snapshot, and that of the policy if there is one: only a producer that has a snapshot takes part in the
   * election. A producer that begins to lead waits until its lists are as new as those of the last publication.
   * Throws OperatorError.
   */
  readonly part: (versions: Versions, policy?: string) => Promise<Part>;
  /**
   * What the transaction of a publication compares, so that it fails if another producer leads by then; undefined if
   * there is no election. Throws an OperatorError with the code `fenced` if this producer doesn't lead.
   */
  readonly condition: () => LeaderCondition | undefined;
  /** What is written with each text: JSON with this producer's id and the versions of its lists. */
  readonly record: () => string;
  /** Looks in etcd who leads, and gives up the lead if this producer may not publish any more. */
  readonly reconsider: () => void;
  /** True if this producer leads, and its lease can't have ended yet. */
  readonly leads: () => boolean;
  /** Settles after the signal was aborted and another producer may lead. */
  readonly done: Promise<void>;
}

export function createLeadership(options: LeadershipOptions): Leadership {
  const { store, self, refusal, refresh, onChange, log, signal } = options;
  /** True once this producer has had a complete snapshot. */
  let isReady = false;
  /** True until the record in etcd has shown whether another producer has published since this one did. */
  let isRecordUnread = true;
  let wasLeading = false;
  /** True if this process has lost the lead and not gained it again. */
  let hasLost = false;
  /** By `performance.now()`. */
  let gainedAt = 0;
  /** True once a new list was asked for since this producer leads. */
  let hasRefreshed = false;
  /** Of the snapshot of the present pass. */
  let currentVersions: Versions = {};
  let currentPolicy: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  /**
   * Lists again, since a list that begins now is at least as new as all that was published until now, and has a pass
   * look again soon.
   */
  function waitForLists(): void {
    if (!hasRefreshed) refresh();
    hasRefreshed = true;
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      onChange(true);
    }, LIST_MS);
    timer.unref();
  }

  function take(role: Role): void {
    const leads = role.kind === 'leads';
    if (leads) [isRecordUnread, hasRefreshed, gainedAt] = [true, false, performance.now()];
    if (!signal.aborted) report(role);
    wasLeading = leads;
    onChange(leads);
  }

  function report(role: Role): void {
    const { key } = store;
    if (role.kind === 'leads' && role.createRevision === undefined)
      return log.warn({ key }, 'election.skipped');
    if (role.kind === 'leads') {
      log[hasLost ? 'warn' : 'info']({ key, revision: role.createRevision }, 'leadership.gained');
      return void (hasLost = false);
    }
    if (wasLeading) {
      hasLost = true;
      log.warn({ key }, 'leadership.lost');
    }
    if (role.kind === 'follows') log.info({ key, leader: describeLeader(role.leader) }, 'leader.followed');
  }

  async function beginToLead(versions: Versions): Promise<Part> {
    const gained = gainedAt;
    const { by, lists } = parseRecord((await store.readRecord())?.value);
    // The lead was lost while the record was read: another producer may have published after it. `take` starts
    // another pass.
    if (gainedAt !== gained || election.role().kind !== 'leads') return 'wait';
    if (isOlder(versions, lists) && performance.now() - gained < PATIENCE_MS) {
      waitForLists();
      return 'wait';
    }
    isRecordUnread = false;
    return by === undefined || by === self.id ? 'lead' : 'begin';
  }

  const election: Election = store.campaign({
    value: () => JSON.stringify({ ...self, since: new Date().toISOString() }),
    isOwn: (value) => parseJsonObject(value)['id'] === self.id,
    isEligible: () => isReady && refusal() === undefined,
    onChange: take,
    signal,
  });

  return {
    part: async (versions, policy) => {
      [currentVersions, currentPolicy] = [versions, policy];
      if (!isReady) {
        isReady = true;
        election.reconsider();
      }
      const { kind } = election.role();
      if (kind !== 'leads') return kind === 'follows' ? 'follow' : 'wait';
      return isRecordUnread ? beginToLead(versions) : 'lead';
    },
    condition: () => {
      const role = election.role();
      // If the lead was lost and gained again during this pass, its text ignores what was published meanwhile.
      if (role.kind !== 'leads' || isRecordUnread) throw fencedError(store.key, undefined);
      const { createRevision } = role;
      return createRevision === undefined ? undefined : { kind: 'since', createRevision };
    },
    record: () => {
      const role = election.role();
      // If etcd denies the leader's key, nobody can see there that somebody leads.
      const elected = role.kind === 'leads' && role.createRevision !== undefined;
      return formatRecord({ by: self.id, lists: currentVersions, elected, policy: currentPolicy });
    },
    reconsider: election.reconsider,
    leads: () => election.role().kind === 'leads' && election.isAlive(),
    done: election.done,
  };
}

/**
 * The error of a producer that may not publish, since it doesn't lead; `leader` is what the leader's key holds, if
 * anything.
 */
export function fencedError(key: string, leader: string | undefined): OperatorError {
  const who = leader === undefined ? 'this producer does not lead' : `${describeLeader(leader)} leads`;
  return new OperatorError(`nothing is published to ${key}: ${who}`, { code: 'fenced' });
}

/**
 * True if one of the lists is known to be older; a list without a version in `than`, or whose version isn't a number,
 * counts as new enough. Versions are compared as numbers, as Kubernetes allows since 1.35.
 */
export function isOlder(versions: Versions, than: Versions): boolean {
  return Object.entries(versions).some(([list, version]) => {
    const other = than[list];
    if (other === undefined || !/^\d{1,20}$/.test(version) || !/^\d{1,20}$/.test(other)) return false;
    return BigInt(version) < BigInt(other);
  });
}

/** `node-1 (process 42)`, for the history. */
export function describeProcess({
  hostName,
  pid,
}: {
  readonly hostName: string;
  readonly pid: number;
}): string {
  return `${hostName} (process ${String(pid)})`;
}
