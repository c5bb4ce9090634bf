import { type Logger, OperatorError } from '@kubefigurator/daemon';
import type { ConfigStore, Election, LeaderCondition, Role } from '@kubefigurator/etcd-store';
import { parseJsonObject } from './json-object.ts';

/** How often lists that are too old are looked at, in milliseconds. */
const LIST_MS = 250;
/** After this time lists are taken although they look older: the cluster was restored from a backup. */
const PATIENCE_MS = 15_000;

/** Resource versions by the name of a list, as in `ClusterSource`. */
export type Versions = Readonly<Record<string, string>>;

/** One producer that takes part in the election. */
export interface Candidate {
  /** Of this process alone. */
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
  /** Called after each change of who leads, and when it is time to look again. */
  readonly onChange: (leads: boolean) => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * How a pass goes on: `lead` publishes; `begin` does that too, as a producer that has just been started, since another one has
 * published meanwhile; `follow` only compiles, to be ready; `wait` does nothing, since nobody leads yet.
 */
export type Part = 'lead' | 'begin' | 'follow' | 'wait';

/** Whether this producer may publish: several may run for one path, and one of them leads. */
export interface Leadership {
  /**
   * To be called with the versions of each complete snapshot: only a producer that has one takes part in the election. One that
   * begins to lead waits until its lists are as new as those of the last publication. Throws OperatorError.
   */
  readonly part: (versions: Versions) => Promise<Part>;
  /** Who has to lead so that a publication of this producer counts; throws an OperatorError with the code `fenced` if it doesn't. */
  readonly condition: () => LeaderCondition | undefined;
  /** What is written with each text. */
  readonly record: () => string;
  /** Looks in etcd who leads, and gives the lead back if this producer may not publish any more. */
  readonly reconsider: () => void;
  /** True if this producer leads, and its lease can't have ended yet. */
  readonly leads: () => boolean;
  /** Settles after the signal was aborted and another producer may lead. */
  readonly done: Promise<void>;
}

export function createLeadership(options: LeadershipOptions): Leadership {
  const { store, self, refusal, refresh, onChange, log, signal } = options;
  let isReady = false;
  /** True if it isn't known yet whether another producer has published since this one did. */
  let isNew = true;
  let wasLeading = false;
  /** True if this process led and another one could lead since. */
  let hasLost = false;
  let gainedAt = 0;
  /** True if everything is listed again since this producer leads. */
  let hasRefreshed = false;
  let published: Versions = {};
  let timer: NodeJS.Timeout | undefined;

  /** A list that begins now is at least as new as all that was published until now. */
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
    if (leads) [isNew, hasRefreshed, gainedAt] = [true, false, performance.now()];
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
    const { by, lists } = readRecord(await store.readRecord());
    // Whoever led in between may have published after this record; another pass is due then.
    if (gainedAt !== gained || election.role().kind !== 'leads') return 'wait';
    if (isOlder(versions, lists) && performance.now() - gained < PATIENCE_MS) {
      waitForLists();
      return 'wait';
    }
    isNew = false;
    return by === undefined || by === self.id ? 'lead' : 'begin';
  }

  const election: Election = store.campaign({
    value: JSON.stringify(self),
    isEligible: () => isReady && refusal() === undefined,
    onChange: take,
    signal,
  });

  return {
    part: async (versions) => {
      published = versions;
      if (!isReady) {
        isReady = true;
        election.reconsider();
      }
      const { kind } = election.role();
      if (kind !== 'leads') return kind === 'follows' ? 'follow' : 'wait';
      return isNew ? beginToLead(versions) : 'lead';
    },
    condition: () => {
      const role = election.role();
      // The lead may have been lost and gained again since the pass began, which knows nothing of what was published meanwhile.
      if (role.kind !== 'leads' || isNew) throw fencedError(store.key, undefined);
      const { createRevision } = role;
      return createRevision === undefined ? undefined : { kind: 'since', createRevision };
    },
    record: () => recordOf(self, published),
    reconsider: election.reconsider,
    leads: () => election.role().kind === 'leads' && election.isAlive(),
    done: election.done,
  };
}

/** An error for a publication that another producer's lead forbids. */
export function fencedError(key: string, leader: string | undefined): OperatorError {
  const who = leader === undefined ? 'this producer does not lead' : `${describeLeader(leader)} leads`;
  return new OperatorError(`nothing is published to ${key}: ${who}`, { code: 'fenced' });
}

export function recordOf({ id }: Candidate, lists: Versions): string {
  return JSON.stringify({ by: id, lists });
}

/** Who has published last, and from which versions of the lists. */
function readRecord(record: string | undefined): {
  readonly by: string | undefined;
  readonly lists: Versions;
} {
  const { by, lists } = record === undefined ? {} : parseJsonObject(record);
  const known = Object.entries(typeof lists === 'object' && lists !== null ? lists : {});
  return {
    by: typeof by === 'string' ? by : undefined,
    lists: Object.fromEntries(
      known.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
  };
}

/** True if a list of a snapshot is known to be older; versions are compared as numbers, as Kubernetes allows since 1.35. */
export function isOlder(versions: Versions, than: Versions): boolean {
  return Object.entries(versions).some(([list, version]) => {
    const other = than[list];
    if (other === undefined || !/^\d{1,20}$/.test(version) || !/^\d{1,20}$/.test(other)) return false;
    return BigInt(version) < BigInt(other);
  });
}

/** `producer on node-1 (process 42)`, for messages; anybody who may write the key may have written anything there. */
export function describeLeader(value: string): string {
  const { host, pid } = parseJsonObject(value);
  if (typeof host !== 'string' || typeof pid !== 'number') return 'a producer that does not say who it is';
  return `the producer on ${host.replaceAll(/[^\w.-]/g, '?').slice(0, 253)} (process ${String(pid)})`;
}
