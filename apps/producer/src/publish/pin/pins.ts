import { OperatorError } from '@kubefigurator/daemon';
import type { ConfigStore, PinReading, PinTerms, Reading } from '@kubefigurator/etcd-store';
import { hashOfText } from '@kubefigurator/etcd-store';
import { standingTextIn } from '../key-state.ts';
import { hashInReading, holdsPinnedText, judgePin, type PinJudgement } from './judge-pin.ts';
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
  /** How the key compares with the pinned text; undefined if none is pinned. Throws OperatorError. */
  readonly judge: (reading: Reading) => Promise<PinJudgement | undefined>;
  /** True if the pinned text isn't put back, by the last `judge` of this marker. */
  readonly isLeftBehind: () => boolean;
  /** True if the marker says nothing of what stood before, or a producer that knows no pins has published since. Throws OperatorError. */
  readonly isOutdated: (reading: Reading) => Promise<boolean>;
  /**
   * The text that stood before a text was pinned. Undefined if nothing is known of it, or if a producer has published since
   * all the same: one of a version that knows no pins. Throws OperatorError.
   */
  readonly textBefore: (reading: Reading) => Promise<string | undefined>;
  /** To be called once a publication has deleted the marker of `unpin`. */
  readonly published: () => void;
}

/** What a pin is read from. */
export type PinSource = Pick<ConfigStore, 'key' | 'readPin' | 'readHistoryText' | 'readRecord'>;

const NO_PIN: KnownPin = { revision: '0', marker: undefined };

export function createPins(store: PinSource): Pins {
  let current: KnownPin | undefined;
  /** The revision of the marker that a producer which knows no pins has left behind. */
  let leftBehind: string | undefined;
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

  async function judge(reading: Reading): Promise<PinJudgement | undefined> {
    const { revision, marker } = await read();
    if (marker?.kind !== 'pinned') return undefined;
    const evidence = { marker, markerRevision: revision, hash: hashInReading(reading) };
    let judgement = judgePin({ ...evidence, record: undefined });
    if (judgement === 'overwritten') judgement = judgePin({ ...evidence, record: await store.readRecord() });
    leftBehind = judgement === 'left-behind' ? revision : undefined;
    // The history might lose it, by hand.
    if (judgement === 'kept' && marker.text !== undefined && reading.kind === 'published')
      texts.set(marker.text.hash, reading.published.text);
    return judgement;
  }

  async function isOutdated(reading: Reading): Promise<boolean> {
    const { marker } = await read();
    // Nobody has put a text for a marker that was written by hand: what stood still stands.
    if (marker === undefined || (marker.text ?? marker.before) === undefined) return true;
    if (standingTextIn(reading) === undefined) return false;
    return marker.kind === 'unpinned'
      ? !holdsPinnedText(marker, reading)
      : (await judge(reading)) === 'left-behind';
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
    judge,
    isOutdated,
    isLeftBehind: () => leftBehind !== undefined && leftBehind === current?.revision,
    textBefore: async (reading) => {
      const { marker } = await read();
      return (await isOutdated(reading)) ? undefined : await textOf(marker?.before);
    },
    published: () => {
      if (current?.marker !== undefined) current = NO_PIN;
    },
  };
}

export function pinnedError(key: string, marker: PinMarker): OperatorError {
  return new OperatorError(`the text of ${key} is ${describePin(marker)}`, {
    code: 'pinned',
    hint: 'unpin lets publications go on',
  });
}

/** The pin, or what the key holds, isn't what it was when the pinned text was to be put back. */
export function changedMeanwhileError(key: string): OperatorError {
  return new OperatorError(`${key} changes while the pinned text is put back`);
}
