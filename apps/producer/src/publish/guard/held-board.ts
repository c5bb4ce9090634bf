import { type HeldEntry, PAUSE } from '@kubefigurator/etcd-store';
import {
  parseApproval,
  parseHeldRecord,
  parseSignature,
  type HeldRecord,
  type Signature,
} from './held-record.ts';

/** The name of the entry that says what is held. */
export const NOW = 'now';
/** How the names of the entries of approvals begin. */
export const APPROVED = 'approved-';

/** An operator's agreement to what was held when it was given; it counts for one publication. */
export interface ApprovalEntry {
  readonly entry: HeldEntry;
  readonly signature: Signature;
  /** As in `Approval`. */
  readonly services: Readonly<Record<string, string>>;
}

/** What the keys below `<path>/held` say. */
export interface HeldBoard {
  /** What a guard holds, as a producer has written it last; undefined if it holds nothing. */
  readonly record: HeldRecord | undefined;
  readonly approvals: readonly ApprovalEntry[];
  /** Who has stopped publications; undefined if nobody. */
  readonly pause: Signature | undefined;
}

export function readBoard(entries: readonly HeldEntry[]): HeldBoard {
  const valueOf = (wanted: string): string | undefined => entries.find(({ name }) => name === wanted)?.value;
  const [now, pause] = [valueOf(NOW), valueOf(PAUSE)];
  return {
    record: now === undefined ? undefined : parseHeldRecord(now),
    pause: pause === undefined ? undefined : parseSignature(pause),
    approvals: entries
      .filter(({ name }) => name.startsWith(APPROVED))
      .map((entry) => ({
        entry,
        signature: parseSignature(entry.value),
        services: parseApproval(entry.value),
      })),
  };
}

/**
 * The Services of which hosts are held, as `<namespace>/<name>`. None if the only reason is that Nodes are missing: a
 * new producer sees that by itself.
 */
export function heldServicesOf({ record }: HeldBoard): readonly string[] {
  const shares = record?.shares ?? [];
  if (shares.length > 0 && shares.every(({ what }) => what === 'servers')) return [];
  return Object.entries(record?.services ?? {}).flatMap(([name, { hosts }]) => (hosts > 0 ? [name] : []));
}

/** The board as the watch shows it, without approvals that were just obeyed and that the watch may still show. */
export interface HeldNews {
  readonly notice: (entries: readonly HeldEntry[]) => void;
  /** Undefined before the first notice. */
  readonly board: () => HeldBoard | undefined;
  /** To be called once this producer has written what is held, which the watch shows later. */
  readonly wrote: (record: HeldRecord | undefined) => void;
  /** To be called once a publication has deleted them in etcd. */
  readonly obeyed: (approvals: readonly ApprovalEntry[]) => void;
}

export function createHeldNews(): HeldNews {
  let board: HeldBoard | undefined;
  /** The ids of approvals that were obeyed, as long as the watch shows them. */
  let obeyedIds = new Set<string>();
  return {
    notice: (entries) => {
      board = readBoard(entries);
      const shown = new Set(entries.map(idOf));
      obeyedIds = new Set([...obeyedIds].filter((id) => shown.has(id)));
    },
    board: () =>
      board && { ...board, approvals: board.approvals.filter(({ entry }) => !obeyedIds.has(idOf(entry))) },
    wrote: (record) => {
      if (board !== undefined) board = { ...board, record };
    },
    obeyed: (approvals) => {
      for (const { entry } of approvals) obeyedIds.add(idOf(entry));
    },
  };
}

/** With the revision, since an entry of the same name may be written again. */
function idOf({ name, revision }: HeldEntry): string {
  return `${revision} ${name}`;
}
