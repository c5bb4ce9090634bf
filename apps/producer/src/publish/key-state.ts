import { startsWithHeader } from '@kubefigurator/config-model';
import { hashOfText, type Published, type Reading, readingHoldsText } from '@kubefigurator/etcd-store';

const REMEMBERED_REVISIONS = 64;

/** What this producer knows of the key. */
export interface KeyState {
  /** The newest reading of the key; undefined if it has to be read again before the next publication. */
  readonly seen: Reading | undefined;
  /** The text that the key should hold, even if it isn't written yet; undefined before the first one is tried. */
  readonly wanted: string | undefined;
  /** The last text of ours that etcd confirmed; undefined before there is one. */
  readonly standing: string | undefined;
  /**
   * The newest revisions that we wrote, with the hash of their texts. The number alone isn't enough: an etcd that
   * was restored from a backup assigns the same numbers to other texts.
   */
  readonly written: ReadonlyMap<string, string>;
}

export const UNKNOWN_KEY: KeyState = {
  seen: undefined,
  wanted: undefined,
  standing: undefined,
  written: new Map(),
};

/** True if the key is missing, or holds neither the wanted text nor one that this producer wrote. */
export function isForeignReading({ wanted, written }: KeyState, reading: Reading): boolean {
  if (reading.kind !== 'published') return true;
  const { revision, text } = reading.published;
  return text !== wanted && written.get(revision) !== hashOfText(text);
}

/** The state after the watch brought a reading, and whether our text has to be written again. */
export function noticeReading(
  state: KeyState,
  reading: Reading,
): { readonly state: KeyState; readonly mustRestore: boolean } {
  const holdsWanted = state.wanted !== undefined && readingHoldsText(reading, state.wanted);
  // An older text of ours: either the watch is late, or etcd was restored from a backup. Only a new read can tell
  // which.
  const mustRead = !holdsWanted && !isForeignReading(state, reading);
  return {
    state: {
      ...state,
      seen: mustRead ? undefined : reading,
      // A write whose answer was lost may have been carried out: then the wanted text stands now.
      standing: holdsWanted ? state.wanted : state.standing,
    },
    mustRestore: state.wanted !== undefined && !holdsWanted,
  };
}

/** The state after the key was found to hold a text of ours, or was written. */
export function rememberPublishedText(state: KeyState, published: Published): KeyState {
  const written = [...state.written].filter(([revision]) => revision !== published.revision);
  written.push([published.revision, hashOfText(published.text)]);
  return {
    ...state,
    seen: { kind: 'published', published },
    standing: published.text,
    written: new Map(written.slice(-REMEMBERED_REVISIONS)),
  };
}

/**
 * The standing text for a producer that has published nothing yet: the key's, if it has our header; else undefined.
 */
export function standingTextIn(reading: Reading): string | undefined {
  return reading.kind === 'published' && startsWithHeader(reading.published.text)
    ? reading.published.text
    : undefined;
}

/** What the key holds instead of our text, for the log. */
export function describeReading(reading: Reading): string {
  switch (reading.kind) {
    case 'published':
      return `a text of another writer at revision ${reading.published.revision}`;
    case 'missing':
      return 'nothing';
    case 'unreadable':
      return `a value that isn't text at revision ${reading.revision} (${reading.reason})`;
  }
}
