import { type Logger, OperatorError } from '@kubefigurator/daemon';
import {
  type ConfigStore,
  type Obeyed,
  type PublicationTerms,
  type Published,
  type Reading,
  readingHoldsText,
} from '@kubefigurator/etcd-store';
import {
  describeReading,
  isForeignReading,
  noticeReading,
  rememberPublishedText,
  standingTextIn,
  UNKNOWN_KEY,
} from './key-state.ts';
import { type Offer, type Offered, offerText } from './offer-text.ts';
import { createOverwriteLog } from './overwrites.ts';
import type { PathOwner } from './owner/path-owner.ts';
import { findStandingText } from './standing-text.ts';
import { holdsPinnedText, type PinJudgement } from './pin/judge-pin.ts';
import { changedMeanwhileError, pinnedError, type Pins } from './pin/pins.ts';

/** The result of a publication. */
export interface Publication {
  readonly kind: 'published' | 'unchanged';
  /** etcd's revision of the text. */
  readonly revision: string;
  readonly bytes: number;
}

/** The pinned text as it is now. */
export interface PinnedText {
  /** `lost`: it would have to be put back, and the history doesn't have it any more. */
  readonly judgement: PinJudgement | 'lost';
  /** Undefined if it isn't known. */
  readonly text: string | undefined;
}

/** Keeps the key equal to our text. */
export interface Publisher {
  /**
   * The standing text: our last text that etcd confirmed, never a foreign one. Before we have published, it is the
   * text in the key, if a producer wrote it, else the newest one of the history; while a text is pinned, and until the first publication after that, the
   * text that stood before: a pinned text never gives anybody a claim. Undefined if there is neither: then age decides
   * the claims. Throws OperatorError.
   */
  readonly standing: () => Promise<string | undefined>;
  /**
   * Writes the text unless the key holds it already, and deletes the releases and approvals that it obeys. Throws an
   * OperatorError if etcd doesn't take it. Its code is `paused` if an operator has stopped publications, `pinned` if one
   * has pinned a text, `other-cluster` if the path is another cluster's, and `fenced` if this producer doesn't lead.
   */
  readonly publish: (text: string, obeyed?: Obeyed) => Promise<Publication>;
  /**
   * Puts the pinned text back if somebody has overwritten it: then it is `kept`. Throws OperatorError as `publish` does, also if
   * no text is pinned any more.
   */
  readonly restorePinned: () => Promise<PinnedText>;
  /**
   * Takes a reading of the watch. True if our newest text, or the pinned one, has to be restored: another writer changed or
   * deleted it, or the key holds an older text of ours.
   */
  readonly notice: (reading: Reading) => boolean;
  /** Has the next publication read the key again. */
  readonly forget: () => void;
  /** Forgets all that this producer has published; to be called when another producer has published since. */
  readonly restart: () => void;
}

export interface PublisherOptions {
  readonly store: ConfigStore;
  readonly pathOwner: PathOwner;
  readonly pins: Pins;
  /** Who has to lead, and what is written with the text; throws an OperatorError if nothing may be published. */
  readonly lead: () => Pick<PublicationTerms, 'leader' | 'record'>;
  /** Called if etcd has refused a write since this producer doesn't lead any more. */
  readonly onFenced?: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called if another writer has changed the key between our read and our write. */
  readonly onConflict?: () => void;
}

const MOST_CONFLICTS = 5;

export function createPublisher(options: PublisherOptions): Publisher {
  const { store, pathOwner, pins, log, onConflict } = options;
  let state = UNKNOWN_KEY;
  /**
   * The standing text that was last read from the key; undefined if it was never read. As long as we haven't
   * published, the text to publish was made from it.
   */
  let basis: { readonly text: string | undefined } | undefined;
  /** True during a write, and after a write without an answer: etcd may have carried it out. */
  let isUncertain = false;
  const overwriteLog = createOverwriteLog({ key: store.key, log, signal: options.signal });
  /** The number of readings of the watch, to detect one that comes during a write. */
  let readings = 0;

  function notice(reading: Reading): boolean {
    readings += 1;
    const pin = pins.known();
    if (pin?.kind === 'pinned') {
      state = { ...state, seen: reading };
      return !holdsPinnedText(pin, reading) && !pins.isLeftBehind();
    }
    const noticed = noticeReading(state, reading);
    state = noticed.state;
    return noticed.mustRestore;
  }

  async function standing(): Promise<string | undefined> {
    if (state.standing !== undefined && !isUncertain) return state.standing;
    const reading = await readKey();
    const before = await pins.textBefore(reading);
    const isCarriedOut = isUncertain && state.wanted !== undefined && readingHoldsText(reading, state.wanted);
    if (isCarriedOut) state = rememberPublishedText(state, reading.published);
    isUncertain = false;
    basis = { text: standingTextIn(reading) };
    return (
      (isCarriedOut ? undefined : before) ?? state.standing ?? (await findStandingText(store, reading))?.text
    );
  }

  async function readKey(): Promise<Reading> {
    const before = readings;
    const reading = await store.read();
    // If the watch brought a reading meanwhile, that may be newer than ours, so it is kept.
    if (readings === before) state = { ...state, seen: reading };
    return reading;
  }

  async function publish(text: string, obeyed: Obeyed = {}): Promise<Publication> {
    await pathOwner.terms();
    const seen = state.seen ?? (await store.read());
    await refuseToOvertake(seen);
    // Before our first text is in etcd, no text counts as foreign: our first text is meant to replace whatever is
    // there.
    let overwrites = state.written.size > 0 && (await isForeign(seen));
    if (overwrites) await overwriteLog.found(seen);
    state = { ...state, wanted: text };
    for (let attempt = 0, base = seen; attempt < MOST_CONFLICTS; attempt += 1) {
      const before = readings;
      const result = await offer({ kind: 'publication', text, seen: base, obeyed });
      if (result.kind !== 'conflict') {
        const { revision, bytes } = await confirm(result, text, base);
        if (overwrites) overwriteLog.replaced(revision);
        // A reading of the watch that came during the write may be newer than our text: the next publication reads
        // again.
        if (readings !== before) forget();
        return { kind: result.kind, revision, bytes };
      }
      await refuseToOvertake(result.current);
      base = result.current;
      if (await takeConflict(base)) overwrites = true;
    }
    forget();
    throw new OperatorError(`another writer keeps changing ${store.key}`, {
      hint: 'only one producer may run for a path',
    });
  }

  /** The text of a pin comes before the watch shows its marker. */
  async function isForeign(reading: Reading): Promise<boolean> {
    if (!isForeignReading(state, reading)) return false;
    const { marker } = await pins.refresh();
    if (marker?.kind === 'pinned') throw pinnedError(store.key, marker);
    // Until the first publication after `unpin` the key holds what was pinned.
    return marker?.text === undefined || !holdsPinnedText(marker, reading);
  }

  async function restorePinned(): Promise<PinnedText> {
    let seen = state.seen ?? (await readKey());
    let judgement = await pins.judge(seen);
    if (judgement === 'overwritten') {
      // The watch may have shown the marker and not yet the text that came with it.
      seen = await readKey();
      judgement = await pins.judge(seen);
    }
    if (judgement === undefined) throw changedMeanwhileError(store.key);
    const text = await pins.pinnedText();
    if (judgement !== 'overwritten') return { judgement, text };
    if (text === undefined) return { judgement: 'lost', text };
    await overwriteLog.found(seen);
    const result = await offer({ kind: 'pinned', text, seen });
    forget();
    if (result.kind === 'conflict') throw changedMeanwhileError(store.key);
    overwriteLog.replaced(result.kind === 'published' ? result.revision : undefined);
    return { judgement: 'kept', text };
  }

  async function offer(offered: Offer): Promise<Offered> {
    return await offerText(
      {
        ...options,
        write: async (...write) => {
          isUncertain = true;
          const result = await store.publish(...write);
          isUncertain = false;
          return result;
        },
      },
      offered,
    );
  }

  /** Remembers what etcd has confirmed: a write, or that the key holds our text already. */
  async function confirm(
    result: Exclude<Offered, { kind: 'conflict' }>,
    text: string,
    base: Reading,
  ): Promise<Published> {
    const published = result.kind === 'published' ? { ...result, text } : await publishedAs(text, base);
    state = rememberPublishedText(state, pick(published));
    return published;
  }

  /**
   * Notes that another writer changed the key between our read and our write; true if it doesn't hold a text of ours.
   */
  async function takeConflict(current: Reading): Promise<boolean> {
    state = { ...state, seen: current };
    onConflict?.();
    if (!(await isForeign(current))) return false;
    log.warn({ key: store.key, holds: describeReading(current) }, 'publication.overtaken');
    return true;
  }

  /**
   * Throws if another producer has published since we read the standing text: our first text was made without the
   * claims of its text. Once a text of ours has been confirmed, a foreign one is overwritten instead.
   */
  async function refuseToOvertake(current: Reading): Promise<void> {
    const theirs = standingTextIn(current);
    if (state.standing !== undefined || basis === undefined) return;
    if (theirs === undefined || theirs === basis.text) return;
    state = { ...state, seen: current };
    const { marker } = await pins.refresh();
    if (marker?.kind === 'pinned') throw pinnedError(store.key, marker);
    throw new OperatorError(`another writer has changed ${store.key} since it was read`, {
      hint: 'the next pass reads it again; if it happens often, look who else writes the key: only one producer may run for a path without an election',
    });
  }

  /**
   * What the key holds, given that this is our text. If `base` holds another text, another writer has written ours:
   * the key is read again.
   */
  async function publishedAs(text: string, base: Reading): Promise<Published> {
    const current = readingHoldsText(base, text) ? base : await store.read();
    if (!readingHoldsText(current, text)) {
      state = { ...state, seen: current };
      throw new OperatorError(`${store.key} changes while it is published`);
    }
    return current.published;
  }

  function forget(): void {
    state = { ...state, seen: undefined };
  }

  function restart(): void {
    state = { ...UNKNOWN_KEY, seen: state.seen };
    [basis, isUncertain] = [undefined, false];
    overwriteLog.restart();
  }

  return { standing, publish, restorePinned, notice, forget, restart };
}

function pick({ revision, text, bytes }: Published): Published {
  return { revision, text, bytes };
}
