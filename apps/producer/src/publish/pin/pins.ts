import { OperatorError } from '@kubefigurator/daemon';
import type { ConfigStore, PinReading, PinTerms, Reading } from '@kubefigurator/etcd-store';
import { standingTextIn } from '../key-state.ts';
import { hashOfText } from '../text-hash.ts';
import { describePin, parsePinMarker, type PinMarker, type TextRef } from './pin-marker.ts';

/** What is known of the marker; `marker` is undefined if there is none. */
export interface KnownPin {
  /** The mod_revision of its key; `0` if it isn't there. */
  readonly revision: string;
  readonly marker: PinMarker | undefined;
}

/** Whether a text is pinned, as the watch and the transactions show it. */
export interface Pins {
  /** Takes what the key holds; true if it isn't what was known. */
  readonly notice: (reading: PinReading) => boolean;
  /** Read once, then as it was noticed. Throws OperatorError. */
  readonly current: () => Promise<KnownPin>;
  /** Reads it now. Throws OperatorError. */
  readonly refresh: () => Promise<KnownPin>;
  /** The marker as far as it is known. */
  readonly known: () => PinMarker | undefined;
  /** What a publication has to know; throws an OperatorError with the code `pinned` if none may take place. */
  readonly terms: () => Promise<PinTerms | undefined>;
  /** The pinned text; undefined if none is pinned, or the history doesn't have it. Throws OperatorError. */
  readonly pinnedText: () => Promise<string | undefined>;
  /**
   * The text that stood before a text was pinned. Undefined if nothing is known of it, or if a producer has published since
   * `unpin` all the same: one of a version that knows no pins. Throws OperatorError.
   */
  readonly textBefore: (reading: Reading) => Promise<string | undefined>;
  /** To be called once a publication has deleted the marker of `unpin`. */
  readonly published: () => void;
}

const NO_PIN: KnownPin = { revision: '0', marker: undefined };

export function createPins(store: Pick<ConfigStore, 'key' | 'readPin' | 'readHistoryText'>): Pins {
  let current: KnownPin | undefined;
  /** Texts that were read, by the hash in the marker: they are asked for in each pass. */
  const texts = new Map<string, string>();

  function notice({ revision, value }: PinReading): boolean {
    const before = current?.revision ?? NO_PIN.revision;
    current = { revision, marker: value === undefined ? undefined : parsePinMarker(value) };
    const needed = [current.marker?.text?.hash, current.marker?.before?.hash];
    for (const hash of texts.keys()) if (!needed.includes(hash)) texts.delete(hash);
    return before !== revision;
  }

  async function refresh(): Promise<KnownPin> {
    const reading = await store.readPin();
    // A role that may not read the marker can't compare it either; one that is known stays.
    if (reading === undefined) return (current ??= NO_PIN);
    notice(reading);
    return current ?? NO_PIN;
  }

  const read = async (): Promise<KnownPin> => current ?? (await refresh());

  async function textOf(ref: TextRef | undefined): Promise<string | undefined> {
    if (ref === undefined) return undefined;
    const known = texts.get(ref.hash);
    if (known !== undefined) return known;
    const text = await store.readHistoryText(ref.revision);
    if (text === undefined || hashOfText(text) !== ref.hash) return undefined;
    texts.set(ref.hash, text);
    return text;
  }

  return {
    notice,
    current: read,
    refresh,
    known: () => current?.marker,
    terms: async () => {
      const { revision, marker } = await read();
      if (marker?.kind === 'pinned') throw pinnedError(store.key, marker);
      return marker && { revision, then: 'goes' };
    },
    pinnedText: async () => {
      const { marker } = await read();
      return marker?.kind === 'pinned' ? await textOf(marker.text) : undefined;
    },
    textBefore: async (reading) => {
      const { marker } = await read();
      const isOutdated =
        marker?.kind === 'unpinned' &&
        standingTextIn(reading) !== undefined &&
        !holdsPinnedText(marker, reading);
      return isOutdated ? undefined : await textOf(marker?.before);
    },
    published: () => {
      if (current?.marker !== undefined) current = NO_PIN;
    },
  };
}

/** True if the key holds what is pinned, or the marker doesn't say which text that is. */
export function holdsPinnedText({ text }: PinMarker, reading: Reading): boolean {
  if (text === undefined) return true;
  return reading.kind === 'published' && hashOfText(reading.published.text) === text.hash;
}

export function pinnedError(key: string, marker: PinMarker): OperatorError {
  return new OperatorError(`the text of ${key} is ${describePin(marker)}`, {
    code: 'pinned',
    hint: 'unpin lets publications go on',
  });
}
