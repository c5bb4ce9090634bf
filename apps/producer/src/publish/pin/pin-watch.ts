import { type Logger, messageOfError } from '@kubefigurator/daemon';
import type { ConfigStore, LeaderCondition } from '@kubefigurator/etcd-store';
import { plainWord } from '../plain-word.ts';
import type { PinnedText, Publisher } from '../publisher.ts';
import { describeUnrestored } from './judge-pin.ts';
import { describeDifference, type LineDifference, lineDifference } from './line-difference.ts';
import type { PinMarker } from './pin-marker.ts';
import type { Pins } from './pins.ts';
import { formatUnpublished, type Unpublished } from './unpublished.ts';

/** What a pass does with its text while another one is pinned. */
export interface PinWatch {
  /**
   * True if a text is pinned. It is put back if the key holds another one, and the log and etcd say how the text of this pass
   * differs from it. Throws OperatorError if the pinned text can't be put back.
   */
  readonly keepsPinned: (text: string, reason: string) => Promise<boolean>;
  /** True if the pinned text isn't put back, by the last pass. */
  readonly isUnrestored: () => boolean;
  /** To be called in each pass of a producer that doesn't lead: whoever leads says what is pinned. */
  readonly stayBehind: () => void;
}

export interface PinWatchOptions {
  readonly store: Pick<ConfigStore, 'writeUnpublished'>;
  readonly pins: Pins;
  readonly publisher: Pick<Publisher, 'restorePinned'>;
  /** Who has to lead so that the difference is written; throws if nothing may be written. */
  readonly leader: () => LeaderCondition | undefined;
  readonly log: Logger;
}

export function createPinWatch({ store, pins, publisher, leader, log }: PinWatchOptions): PinWatch {
  /** The revision of the marker that was logged; undefined if no text is pinned. */
  let logged: string | undefined;
  let written: string | undefined;
  /** Why the pinned text isn't put back, as it was logged; undefined if it is. */
  let unrestored: string | undefined;
  let compared: Compared | undefined;

  async function write(unpublished: Unpublished): Promise<void> {
    const value = formatUnpublished(unpublished);
    if (value === written) return;
    try {
      if (await store.writeUnpublished(value, leader())) written = value;
    } catch (error) {
      // It is only told to people, and the next pass tries it again.
      log.debug({ reason: messageOfError(error) }, 'difference.unwritten');
    }
  }

  /** Most passes have the same text. */
  function differenceTo(pinned: string, text: string): LineDifference {
    if (compared?.pinned !== pinned || compared.text !== text)
      compared = { pinned, text, difference: lineDifference(pinned, text) };
    return compared.difference;
  }

  function report({ revision, marker, reason }: Reported, difference: LineDifference | undefined): void {
    const { by } = marker.signature;
    const fields = { reason, pinned: marker.text?.revision ?? 'unknown', by: plainWord(by, LONGEST_NAME) };
    const detail = difference === undefined ? 'is not compared' : describeDifference(difference);
    log[logged === revision ? 'debug' : 'warn']({ ...fields, detail }, 'publication.pinned');
    logged = revision;
  }

  function reportUnrestored(judgement: PinnedText['judgement']): void {
    const described = describeUnrestored(judgement);
    if (described !== undefined && described.reason !== unrestored)
      log.warn(described, 'pinned-text.unrestored');
    if (described === undefined && unrestored !== undefined) log.warn('pinned-text.restored');
    unrestored = described?.reason;
  }

  function end(): void {
    [logged, unrestored, compared] = [undefined, undefined, undefined];
  }

  return {
    keepsPinned: async (text, reason) => {
      const { revision, marker } = await pins.current();
      if (marker?.kind !== 'pinned') {
        if (logged !== undefined) log.warn('publication.unpinned');
        end();
        return false;
      }
      const pinned = await publisher.restorePinned();
      const difference = pinned.text === undefined ? undefined : differenceTo(pinned.text, text);
      report({ revision, marker, reason }, difference);
      reportUnrestored(pinned.judgement);
      if (difference !== undefined) await write({ marker: revision, ...difference });
      return true;
    },
    isUnrestored: () => unrestored !== undefined,
    stayBehind: end,
  };
}

/** In characters: whoever wrote the marker may have written anything. */
const LONGEST_NAME = 200;

interface Compared {
  readonly pinned: string;
  readonly text: string;
  readonly difference: LineDifference;
}

interface Reported {
  /** The revision of the marker. */
  readonly revision: string;
  readonly marker: PinMarker;
  /** What started the pass. */
  readonly reason: string;
}
