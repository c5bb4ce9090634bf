import { delay, type Logger, OperatorError } from '@kubefigurator/daemon';
import {
  type ConfigStore,
  type Obeyed,
  type PublicationTerms,
  type Published,
  type PublishResult,
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
import { recordOverwrite } from './overwrites.ts';
import { fencedError } from './leadership.ts';
import type { PathOwner } from './owner/path-owner.ts';
import { holdsPinnedText, pinnedError, type Pins } from './pin/pins.ts';
import { changedMeanwhile, putPinnedBack } from './pin/put-pinned-back.ts';

/** The result of a publication. */
export interface Publication {
  readonly kind: 'published' | 'unchanged';
  /** etcd's revision of the text. */
  readonly revision: string;
  readonly bytes: number;
}

/** Keeps the key equal to our text. */
export interface Publisher {
  /**
   * The standing text: our last text that etcd confirmed, never a foreign one. Before we have published, it is the
   * text in the key, if a producer wrote it; while a text is pinned, and until the first publication after that, the
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
   * Puts the pinned text back if the key holds another one, and gives it; undefined if it isn't known. Throws OperatorError as
   * `publish` does.
   */
  readonly restorePinned: () => Promise<string | undefined>;
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
  const { store, pathOwner, pins, lead, log, signal, onConflict, onFenced } = options;
  let state = UNKNOWN_KEY;
  /**
   * The standing text that was last read from the key; undefined if it was never read. As long as we haven't
   * published, the text to publish was made from it.
   */
  let basis: { readonly text: string | undefined } | undefined;
  /** True during a write, and after a write without an answer: etcd may have carried it out. */
  let isUncertain = false;
  let overwriteTimes: readonly number[] = [];
  /** The number of readings of the watch, to detect one that comes during a write. */
  let readings = 0;

  function notice(reading: Reading): boolean {
    readings += 1;
    const pin = pins.known();
    if (pin?.kind === 'pinned') {
      state = { ...state, seen: reading };
      return !holdsPinnedText(pin, reading);
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
    return (isCarriedOut ? undefined : before) ?? state.standing ?? basis.text;
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
    refuseToOvertake(seen);
    // Before our first text is in etcd, no text counts as foreign: our first text is meant to replace whatever is
    // there.
    let overwrites = state.written.size > 0 && (await isForeign(seen));
    if (overwrites) await announceOverwrite(seen);
    state = { ...state, wanted: text };
    for (let attempt = 0, base = seen; attempt < MOST_CONFLICTS; attempt += 1) {
      const before = readings;
      const result = await tryOnce(text, base, obeyed);
      if (result.kind !== 'conflict') {
        const { revision, bytes } = await confirm(result, text, base);
        if (overwrites) log.warn({ key: store.key, revision }, 'foreign-text.replaced');
        // A reading of the watch that came during the write may be newer than our text: the next publication reads
        // again.
        if (readings !== before) forget();
        return { kind: result.kind, revision, bytes };
      }
      refuseToOvertake(result.current);
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

  async function restorePinned(): Promise<string | undefined> {
    const text = await pins.pinnedText();
    const seen = state.seen ?? (await readKey());
    if (text === undefined || readingHoldsText(seen, text)) return text;
    await announceOverwrite(seen);
    const result = await putPinnedBack({ store, pathOwner, pins, leader: lead().leader }, text, seen);
    forget();
    if (result.kind === 'paused') throw pausedError(store.key);
    if (result.kind === 'fenced') throw fenced(result.leader);
    if (result.kind !== 'published') throw changedMeanwhile(store.key);
    log.warn({ key: store.key, revision: result.revision }, 'foreign-text.replaced');
    return text;
  }

  /** One transaction, or another one if the path has got another owner, or is unpinned, meanwhile, so that we may publish, too. */
  async function tryOnce(text: string, base: Reading, obeyed: Obeyed): Promise<Tried> {
    for (let attempt = 0; attempt < MOST_CONFLICTS; attempt += 1) {
      const owner = await pathOwner.terms();
      const pin = await pins.terms();
      const terms = { ...obeyed, ...lead(), ...(owner && { owner }), ...(pin && { pin }) };
      isUncertain = true;
      const result = await store.publish(text, base, terms);
      isUncertain = false;
      if (result.kind === 'paused') throw pausedError(store.key);
      if (result.kind === 'fenced') throw fenced(result.leader);
      if (result.kind === 'disowned') pathOwner.notice(result.owner);
      else if (result.kind === 'pinned') pins.notice(result.pin);
      else {
        if (result.kind !== 'conflict') confirmTerms(owner);
        return result;
      }
    }
    throw new OperatorError(`the owner of ${store.key}, or its pin, keeps changing`);
  }

  function confirmTerms(owner: PublicationTerms['owner']): void {
    pathOwner.published(owner);
    pins.published();
  }

  function fenced(leader: string | undefined): OperatorError {
    onFenced?.();
    return fencedError(store.key, leader);
  }

  /** Remembers what etcd has confirmed: a write, or that the key holds our text already. */
  async function confirm(
    result: Extract<Tried, { kind: 'published' | 'unchanged' }>,
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
  function refuseToOvertake(current: Reading): void {
    const theirs = standingTextIn(current);
    if (state.standing !== undefined || basis === undefined) return;
    if (theirs === undefined || theirs === basis.text) return;
    state = { ...state, seen: current };
    throw new OperatorError(`another producer has changed ${store.key} since it was read`, {
      hint: 'only one producer may run for a path',
    });
  }

  /**
   * Logs that a foreign text is about to be overwritten, and waits first if that has happened often within a minute.
   */
  async function announceOverwrite(foreign: Reading): Promise<void> {
    const { times, waitMs } = recordOverwrite(overwriteTimes, performance.now());
    overwriteTimes = times;
    log.warn({ key: store.key, holds: describeReading(foreign), waitMs }, 'foreign-text.found');
    if (waitMs > 0) await delay(waitMs, signal);
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
    [basis, isUncertain, overwriteTimes] = [undefined, false, []];
  }

  return { standing, publish, restorePinned, notice, forget, restart };
}

type Tried = Extract<PublishResult, { kind: 'published' | 'unchanged' | 'conflict' }>;

function pausedError(key: string): OperatorError {
  return new OperatorError(`publications to ${key} are paused`, {
    code: 'paused',
    hint: 'kubefigurator-producer held says by whom and why; resume ends it',
  });
}

function pick({ revision, text, bytes }: Published): Published {
  return { revision, text, bytes };
}
