import { type Logger, messageOfError } from '@kubefigurator/daemon';
import { type ConfigStore, hashOfText, type LeaderCondition, packText } from '@kubefigurator/etcd-store';
import type { ClusterSnapshot } from '@kubefigurator/translator';
import { type Cause, causeOfChange, joinCauses } from './cause.ts';
import { formatHistoryRecord } from './history-record.ts';
import { planHistory } from './plan-history.ts';

/** A text that etcd has confirmed. */
export interface Confirmed {
  readonly revision: string;
  readonly text: string;
  /** What started the pass. */
  readonly reason: string;
  /** What the text was made of; undefined for a command that ends after it. */
  readonly snapshot: ClusterSnapshot | undefined;
  /** The version of the policy, as in `Policy`; absent without one. */
  readonly policy?: string | undefined;
}

/** Writes each publication to the history, in the background. */
export interface HistoryWriter {
  /** To be called once etcd has confirmed a text, also one that it had already; never waits and never throws. */
  readonly note: (confirmed: Confirmed) => void;
  /** Another producer has published since: what changed isn't known before the next publication. */
  readonly restart: () => void;
  /** To be called in each pass of a producer that doesn't lead: what it couldn't write is left to the one that does. */
  readonly stayBehind: () => void;
  /** Settles once nothing is left to write, or it failed; never rejects. */
  readonly done: () => Promise<void>;
}

export interface HistoryWriterOptions {
  readonly store: Pick<ConfigStore, 'readHistory' | 'writeHistory'>;
  /** How many publications are kept; 0: nothing is written. */
  readonly most: number;
  /** Who publishes, for people. */
  readonly by: string;
  /** Who has to lead so that an entry is written; throws if nothing may be written. */
  readonly leader: () => LeaderCondition | undefined;
  readonly log: Logger;
}

interface Waiting extends Omit<Confirmed, 'snapshot'> {
  readonly at: string;
  readonly cause: Cause | undefined;
  /** How many publications it stands for. */
  readonly publications: number;
}

/**
 * A publication never waits for its entry: one write runs at a time, and what was published meanwhile becomes one entry. A failed
 * write is tried again with the next publication.
 */
export function createHistoryWriter({ store, most, by, leader, log }: HistoryWriterOptions): HistoryWriter {
  let before: ClusterSnapshot | undefined;
  let lastRevision: string | undefined;
  let waiting: Waiting | undefined;
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  let hasFailed = false;

  function note({ revision, text, reason, snapshot, policy }: Confirmed): void {
    if (most === 0 || revision === lastRevision) return;
    // Against the last publication, not the last pass: what a guard held is published in a later one.
    const cause = before && snapshot && causeOfChange(before, snapshot);
    before = snapshot;
    lastRevision = revision;
    waiting = joinWaiting(waiting, {
      ...{ revision, text, reason, policy, cause, at: new Date().toISOString(), publications: 1 },
    });
    if (!isRunning) running = writeAll();
  }

  async function writeAll(): Promise<void> {
    isRunning = true;
    try {
      while (waiting !== undefined) {
        const entry = waiting;
        waiting = undefined;
        if (await tryWrite(entry)) continue;
        // What came meanwhile is tried with it, and nothing more before the next publication.
        waiting = waiting === undefined ? entry : joinWaiting(entry, waiting);
        break;
      }
    } finally {
      isRunning = false;
    }
  }

  async function tryWrite(entry: Waiting): Promise<boolean> {
    try {
      const condition = leader();
      const isWritten = await write(entry, condition);
      if (!isWritten) return fail(entry, 'another producer leads');
      if (hasFailed) log.warn({ revision: entry.revision }, 'history.written');
      hasFailed = false;
      return true;
    } catch (error) {
      return fail(entry, messageOfError(error));
    }
  }

  function fail({ revision }: Waiting, reason: string): false {
    log[hasFailed ? 'debug' : 'warn']({ revision, reason }, 'history.unwritten');
    hasFailed = true;
    return false;
  }

  async function write(entry: Waiting, condition: LeaderCondition | undefined): Promise<boolean> {
    const { revision, text, reason, policy, at, cause, publications } = entry;
    const entries = await store.readHistory();
    // A new leader finds the text of the one before, which has an entry already.
    if (cause === undefined && entries.some((one) => one.revision === revision)) return true;
    const packed = await packText(text);
    const sizes = { textBytes: Buffer.byteLength(text), storedBytes: packed.length };
    const hash = hashOfText(text);
    const known = {
      ...(policy === undefined ? {} : { policy }),
      ...(cause === undefined ? {} : { cause }),
    };
    const added = { revision, at, hash, ...sizes, by, reason, ...known, publications };
    const { record, rewritten, deletes } = planHistory(entries, added, most);
    const own = { revision, packed, leader: condition };
    const isWritten = await store.writeHistory({
      ...{ ...own, deletes, record: formatHistoryRecord(record) },
      ...(rewritten && {
        rewritten: { revision: rewritten.revision, record: formatHistoryRecord(rewritten) },
      }),
    });
    // A text was pinned meanwhile: nothing goes then, and this is the text that stood before, whose claims count.
    return (
      isWritten || (await store.writeHistory({ ...own, deletes: [], record: formatHistoryRecord(added) }))
    );
  }

  return {
    note,
    restart: () => {
      before = undefined;
    },
    stayBehind: () => {
      [waiting, hasFailed] = [undefined, false];
    },
    done: () => running,
  };
}

function joinWaiting(first: Waiting | undefined, second: Waiting): Waiting {
  if (first === undefined) return second;
  const cause = first.cause && second.cause && joinCauses(first.cause, second.cause);
  return { ...second, cause, publications: first.publications + second.publications };
}
