import { OperatorError } from '@kubefigurator/daemon';
import { mayHaveBeenCarriedOut } from '../connection/explain-etcd-error.ts';
import type { Session } from '../connection/session.ts';
import { memberKey, storeKey, type StoreKey } from '../keys/store-keys.ts';
import { type Compare, ifKeyUnchanged } from '../transaction/compare.ts';
import { type Put, putOfValue, transact } from '../transaction/transaction.ts';
import type { LeaderCondition, OwnerReading, Reading } from './config-store.ts';
import { readTextRevision } from './history-store.ts';
import { leaderConditionOf } from './publish.ts';
import { isDenied, readKey } from './read-denied.ts';
import { readingHoldsText, revisionSeen } from './reading.ts';

/** The marker as it was seen; a key that isn't there has the revision `0`. */
export type PinReading = OwnerReading;

/** A text that is put under the key together with the marker that keeps it there. */
export interface PinWrite {
  /** The revision of the publication whose text it is. */
  readonly revision: string;
  readonly text: string;
  /** What the key held; nothing is written if it isn't like this any more. */
  readonly seen: Reading;
  readonly marker: string;
  /** The same for the marker. */
  readonly markerSeen: PinReading;
}

/**
 * `changed`: the key or the marker isn't as it was seen; `gone`: the history has no such text any more.
 */
export type PinResult = 'pinned' | 'changed' | 'gone';

/** The marker that keeps a text published, in etcd. */
export interface PinStore {
  /** Undefined if etcd denies it to this user. Throws OperatorError. */
  readonly readPin: () => Promise<PinReading | undefined>;
  /** Puts a text of the history and the marker in one transaction, whoever leads. Throws OperatorError. */
  readonly pin: (write: PinWrite) => Promise<PinResult>;
  /** Replaces the marker of a pin by that of `unpin`; false if it isn't as it was seen. Throws OperatorError. */
  readonly writePin: (marker: string, seen: PinReading) => Promise<boolean>;
  /** How the text that isn't published differs, JSON; undefined if nobody has said it, or etcd denies it. Throws OperatorError. */
  readonly readUnpublished: () => Promise<string | undefined>;
  /** False if somebody else leads than has to. Throws OperatorError. */
  readonly writeUnpublished: (value: string, leader: LeaderCondition | undefined) => Promise<boolean>;
}

interface Written {
  readonly compares: readonly Compare[];
  readonly puts: readonly Put[];
}

export function createPinStore(session: Session, key: StoreKey<string>): PinStore {
  const pinKey = storeKey(key.name, 'pin');
  const unpublished = storeKey(key.name, 'difference');

  /** If the answer is lost, the marker says whether it was written: no other one has the same time and author. */
  async function writeMarker(
    marker: string,
    { compares, puts }: Written,
    isCarriedOut = ({ value }: PinReading): boolean => value === marker,
  ): Promise<boolean> {
    const purpose = { use: 'write', action: 'write', key: pinKey.name } as const;
    try {
      const { kind } = await transact(session, purpose, {
        compares,
        puts: [...puts, putOfValue(pinKey, marker)],
      });
      return kind === 'committed';
    } catch (error) {
      if (!(error instanceof OperatorError) || !mayHaveBeenCarriedOut(error)) throw error;
      const found = await readKey(session, pinKey).catch(() => undefined);
      if (found !== undefined && isCarriedOut(found)) return true;
      throw error;
    }
  }

  async function pin({ revision, text, seen, marker, markerSeen }: PinWrite): Promise<PinResult> {
    const textKey = memberKey(key.name, 'texts', revision);
    const textRevision = await readTextRevision(session, textKey);
    if (textRevision === undefined) return 'gone';
    const isWritten = await writeMarker(marker, {
      compares: [
        ifKeyUnchanged(key, revisionSeen(seen)),
        ifKeyUnchanged(pinKey, markerSeen.revision),
        ifKeyUnchanged(textKey, textRevision),
      ],
      // A host that runs the text already needn't look at it again.
      puts: readingHoldsText(seen, text) ? [] : [putOfValue(key, text)],
    });
    return isWritten ? 'pinned' : 'changed';
  }

  return {
    readPin: () => readKey(session, pinKey),
    pin,
    writePin: (marker, seen) =>
      writeMarker(
        marker,
        { compares: [ifKeyUnchanged(pinKey, seen.revision)], puts: [] },
        // A publication that came right after it has deleted the marker: none could have done so before.
        ({ value }) => value === marker || value === undefined,
      ),
    readUnpublished: async () => (await readKey(session, unpublished))?.value,
    writeUnpublished: async (value, leader) => {
      try {
        const { kind } = await transact(
          session,
          { use: 'write', action: 'write', key: unpublished.name },
          {
            compares: leaderConditionOf(storeKey(key.name, 'leader'), leader),
            puts: [putOfValue(unpublished, value)],
          },
        );
        return kind === 'committed';
      } catch (error) {
        if (isDenied(error)) return false;
        throw error;
      }
    },
  };
}
