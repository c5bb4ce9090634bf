import { type Logger, messageOfError } from '@kubefigurator/daemon';
import type { ConfigStore, HeldEntry, LeaderCondition } from '@kubefigurator/etcd-store';
import type { Verdict } from './decide.ts';
import type { Guard, Judgement } from './guard.ts';
import {
  type ApprovalEntry,
  createHeldNews,
  type HeldBoard,
  heldServicesOf,
  type HeldNews,
  NOW,
} from './held-board.ts';
import { describeShares, type HeldRecord, heldRecordOf } from './held-record.ts';
import { createReminders } from './reminders.ts';

/** Keeps etcd and the log up to date with what a guard holds. */
export interface HeldKeeper {
  readonly news: HeldNews;
  /**
   * What etcd has below `held`: read once, then as the watch shows it. The first call, and the first after `restart`,
   * has the guard forget what it remembers and resume what the board says. Throws OperatorError.
   */
  readonly board: () => Promise<HeldBoard>;
  /**
   * To be called once etcd has confirmed a text: logs what is held, at growing intervals, and writes it to etcd if it
   * has changed. `approvals` are those that the publication deleted.
   */
  readonly settle: (judgement: Judgement, approvals: readonly ApprovalEntry[], now: number) => Promise<void>;
  /** When to look again, by the clock of `settle`; undefined if nothing is held. */
  readonly next: () => number | undefined;
  /** To be called when another producer has published since: see `board`. */
  readonly restart: () => void;
}

export interface HeldKeeperOptions {
  readonly store: Pick<ConfigStore, 'readHeld' | 'writeHeld'>;
  readonly guard: Guard;
  /** Who has to lead so that what is held is written; throws if nothing may be written. */
  readonly leader: () => LeaderCondition | undefined;
  readonly log: Logger;
}

export function createHeldKeeper({ store, guard, leader, log }: HeldKeeperOptions): HeldKeeper {
  const news = createHeldNews();
  const reminders = createReminders();
  let hasResumed = false;

  async function board(): Promise<HeldBoard> {
    if (news.board() === undefined) news.notice(await store.readHeld());
    const known = news.board() ?? { record: undefined, approvals: [], pause: undefined };
    if (!hasResumed) guard.resume(heldServicesOf(known));
    hasResumed = true;
    return known;
  }

  async function settle(
    { verdict }: Judgement,
    approvals: readonly ApprovalEntry[],
    now: number,
  ): Promise<void> {
    if (approvals.length > 0) news.obeyed(approvals);
    logApprovals(verdict, approvals);
    // The stored record may be another producer's, such as that of a command `apply` with a wrong source: it is
    // replaced, too.
    const stored = news.board()?.record;
    const record = heldRecordOf(verdict, stored?.since ?? new Date().toISOString());
    remind(record, now);
    if (record === undefined && stored !== undefined) log.warn('removal.released');
    if (JSON.stringify(record) !== JSON.stringify(stored)) await write(record);
  }

  function remind(record: HeldRecord | undefined, now: number): void {
    const isDue = reminders.isDue(record && kindOf(record), now);
    if (isDue && record !== undefined) logHeld(record);
  }

  /** An approval of which no Service loses any more what was approved is outdated. */
  function logApprovals({ approved }: Verdict, approvals: readonly ApprovalEntry[]): void {
    const approvedServices = new Set(approved.map(({ service }) => service));
    for (const { signature, services } of approvals) {
      const what = Object.keys(services).filter((service) => approvedServices.has(service));
      const fields = { ...signature, what: listed(what) };
      if (what.length > 0) log.warn(fields, 'approval.obeyed');
      else log.warn(fields, 'approval.outdated');
    }
  }

  function logHeld({ since, shares, services, everything }: HeldRecord): void {
    const what = listed(Object.keys(services));
    log.warn({ reason: describeShares(shares), since, everything, what }, 'removal.held');
  }

  /** Never throws, since the text is published already: what fails is tried again after the next publication. */
  async function write(record: HeldRecord | undefined): Promise<void> {
    try {
      const value = record === undefined ? undefined : JSON.stringify(record);
      if (await store.writeHeld(NOW, value, leader())) news.wrote(record);
      else log.warn({ reason: 'another producer leads' }, 'removal.unrecorded');
    } catch (error) {
      log.warn({ reason: messageOfError(error) }, 'removal.unrecorded');
    }
  }

  return {
    news,
    board,
    settle,
    next: reminders.next,
    restart: () => {
      hasResumed = false;
    },
  };
}

/** What of a record is logged at once if it changes: not the numbers, which change often. */
function kindOf({ everything, shares }: HeldRecord): string {
  return `${String(everything)} ${shares.map(({ what }) => what).join(' ')}`;
}

const MOST_NAMES = 10;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The entries that a publication deletes: each approval counts for one publication, even if it is outdated. */
export function entriesOfApprovals(approvals: readonly ApprovalEntry[]): readonly HeldEntry[] {
  return approvals.map(({ entry }) => entry);
}
