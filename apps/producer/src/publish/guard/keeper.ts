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
  /** What operators have said; read once, then as the watch shows it. Throws OperatorError. */
  readonly board: () => Promise<HeldBoard>;
  /** To be called once etcd has confirmed a text: logs what is held at growing intervals, and writes it to etcd. */
  readonly settle: (judgement: Judgement, approvals: readonly ApprovalEntry[], now: number) => Promise<void>;
  /** When to look again, by the clock of `settle`; undefined if nothing is held. */
  readonly next: () => number | undefined;
  /** Begins anew with what the board says: another producer has published since. */
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
  let started = false;
  async function board(): Promise<HeldBoard> {
    if (news.board() === undefined) news.notice(await store.readHeld());
    const known = news.board() ?? { record: undefined, approvals: [], pause: undefined };
    if (!started) guard.resume(heldServicesOf(known));
    started = true;
    return known;
  }

  async function settle(
    { verdict }: Judgement,
    approvals: readonly ApprovalEntry[],
    now: number,
  ): Promise<void> {
    if (approvals.length > 0) news.obeyed(approvals);
    logApprovals(verdict, approvals);
    // Another producer's record, such as that of an apply that was wrong, is replaced as well.
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

  function logApprovals({ approved }: Verdict, approvals: readonly ApprovalEntry[]): void {
    const obeyed = new Set(approved.map(({ service }) => service));
    for (const { signature, services } of approvals) {
      const what = Object.keys(services).filter((service) => obeyed.has(service));
      const fields = { ...signature, what: listed(what) };
      if (what.length > 0) log.warn(fields, 'approval.obeyed');
      else log.warn(fields, 'approval.outdated');
    }
  }

  function logHeld({ since, shares, services, everything }: HeldRecord): void {
    const what = listed(Object.keys(services));
    log.warn({ reason: describeShares(shares), since, everything, what }, 'removal.held');
  }

  /** Never in the way of a publication: what fails is tried again after the next one. */
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
      started = false;
    },
  };
}

/** Changes of the numbers are no news. */
function kindOf({ everything, shares }: HeldRecord): string {
  return `${String(everything)} ${shares.map(({ what }) => what).join(' ')}`;
}

const MOST_NAMES = 10;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The entries that a publication deletes: every approval counts once, whether it fits or not. */
export function entriesOfApprovals(approvals: readonly ApprovalEntry[]): readonly HeldEntry[] {
  return approvals.map(({ entry }) => entry);
}
