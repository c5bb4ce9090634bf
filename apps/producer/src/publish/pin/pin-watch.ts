import { type Logger, messageOfError } from '@kubefigurator/daemon';
import type { ConfigStore, LeaderCondition } from '@kubefigurator/etcd-store';
import type { Publisher } from '../publisher.ts';
import { describeDifference, lineDifference } from './line-difference.ts';
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

  function report(marker: PinMarker, difference: Unpublished, reason: string): void {
    const fields = { reason, pinned: marker.text?.revision ?? 'unknown', by: marker.signature.by };
    const level = logged === difference.marker ? 'debug' : 'warn';
    log[level]({ ...fields, detail: describeDifference(difference) }, 'publication.pinned');
    logged = difference.marker;
  }

  return {
    keepsPinned: async (text, reason) => {
      const { revision, marker } = await pins.current();
      if (marker?.kind !== 'pinned') {
        if (logged !== undefined) log.warn('publication.unpinned');
        logged = undefined;
        return false;
      }
      const pinned = await publisher.restorePinned();
      const difference = { marker: revision, ...lineDifference(pinned ?? '', text) };
      report(marker, difference, reason);
      await write(difference);
      return true;
    },
  };
}
