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
   * The text whose claims come first: the last one of ours that etcd confirmed, never a foreign one. Before there is one
   * it is the key's, if a producer wrote it; undefined if there is none, so that age decides. Throws OperatorError.
   */
  readonly standing: () => Promise<string | undefined>;
  /**
   * Writes the text unless the key holds it already, and deletes what it obeys; throws an OperatorError if etcd doesn't
   * take it, with the code `paused` if an operator has stopped publications, and `other-cluster` if the path is another
   * cluster's.
   */
  readonly publish: (text: string, obeyed?: Obeyed) => Promise<Publication>;
  /**
   * Takes a reading of the watch. True if our newest text has to be restored: another writer changed or deleted it, or
   * the key holds an older text of ours.
   */
  readonly notice: (reading: Reading) => boolean;
  /** Reads the key again before the next publication. */
  readonly forget: () => void;
  /** Forgets all that this producer has published: another one has published since. */
  readonly restart: () => void;
}

export interface PublisherOptions {
  readonly store: ConfigStore;
  readonly pathOwner: PathOwner;
  /** Who has to lead, and what is written with the text; throws an OperatorError if nothing may be published. */
  readonly lead: () => Pick<PublicationTerms, 'leader' | 'record'>;
  /** Called if somebody else leads than has to. */
  readonly onFenced?: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onConflict?: () => void;
}

const MOST_CONFLICTS = 5;

export function createPublisher(options: PublisherOptions): Publisher {
  const { store, pathOwner, lead, log, signal, onConflict, onFenced } = options;
  let state = UNKNOWN_KEY;
  /** The standing text that was last read from the key, not remembered; the newest text was made from it. */
  let basis: { readonly text: string | undefined } | undefined;
  /** True during a write, and after one of which it isn't known whether etcd carried it out. */
  let isUncertain = false;
  let overwriteTimes: readonly number[] = [];
  /** The number of readings of the watch, to detect one that comes during a write. */
  let readings = 0;

  function notice(reading: Reading): boolean {
    readings += 1;
    const noticed = noticeReading(state, reading);
    state = noticed.state;
    return noticed.mustRestore;
  }

  async function standing(): Promise<string | undefined> {
    if (state.standing !== undefined && !isUncertain) return state.standing;
    const reading = await readKey();
    if (isUncertain && state.wanted !== undefined && readingHoldsText(reading, state.wanted))
      state = rememberPublishedText(state, reading.published);
    isUncertain = false;
    basis = { text: standingTextIn(reading) };
    return state.standing ?? basis.text;
  }

  async function readKey(): Promise<Reading> {
    const before = readings;
    const reading = await store.read();
    // A reading of the watch that came meanwhile may be newer.
    if (readings === before) state = { ...state, seen: reading };
    return reading;
  }

  async function publish(text: string, obeyed: Obeyed = {}): Promise<Publication> {
    await pathOwner.terms();
    const seen = state.seen ?? (await store.read());
    refuseToOvertake(seen);
    // Before our first text was in etcd, the key can only hold what the first publication is meant to replace.
    let overwrites = state.written.size > 0 && isForeignReading(state, seen);
    if (overwrites) await announceOverwrite(seen);
    state = { ...state, wanted: text };
    for (let attempt = 0, base = seen; attempt < MOST_CONFLICTS; attempt += 1) {
      const before = readings;
      const result = await tryOnce(text, base, obeyed);
      if (result.kind !== 'conflict') {
        const { revision, bytes } = await confirm(result, text, base);
        if (overwrites) log.warn({ key: store.key, revision }, 'foreign-text.replaced');
        // The reading that came during the write may be newer than the write.
        if (readings !== before) forget();
        return { kind: result.kind, revision, bytes };
      }
      refuseToOvertake(result.current);
      base = result.current;
      if (takeConflict(base)) overwrites = true;
    }
    forget();
    throw new OperatorError(`another writer keeps changing ${store.key}`, {
      hint: 'only one producer may run for a path',
    });
  }

  /** One transaction, or a second one if the path has got another owner meanwhile that lets us publish, too. */
  async function tryOnce(text: string, base: Reading, obeyed: Obeyed): Promise<Tried> {
    for (let attempt = 0; attempt < MOST_CONFLICTS; attempt += 1) {
      const owner = await pathOwner.terms();
      const terms = { ...obeyed, ...lead() };
      isUncertain = true;
      const result = await store.publish(text, base, owner === undefined ? terms : { ...terms, owner });
      isUncertain = false;
      if (result.kind === 'paused') throw pausedError(store.key);
      if (result.kind === 'fenced') throw fenced(result.leader);
      if (result.kind === 'disowned') pathOwner.notice(result.owner);
      else {
        if (result.kind !== 'conflict') pathOwner.published(owner);
        return result;
      }
    }
    throw new OperatorError(`the owner of ${store.key} keeps changing`);
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

  /** Another writer changed the key between our read and our write; true if it holds a text that isn't ours. */
  function takeConflict(current: Reading): boolean {
    state = { ...state, seen: current };
    onConflict?.();
    if (!isForeignReading(state, current)) return false;
    log.warn({ key: store.key, holds: describeReading(current) }, 'publication.overtaken');
    return true;
  }

  /**
   * Throws if another producer has published after the standing text was read: our first text ignores its claims.
   * Once a text of ours has been confirmed, a foreign one is overwritten instead.
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

  /** Logs that a foreign text is about to be overwritten, and waits if that happened often. */
  async function announceOverwrite(foreign: Reading): Promise<void> {
    const { times, waitMs } = recordOverwrite(overwriteTimes, performance.now());
    overwriteTimes = times;
    log.warn({ key: store.key, holds: describeReading(foreign), waitMs }, 'foreign-text.found');
    if (waitMs > 0) await delay(waitMs, signal);
  }

  /** The key's entry for our text. `base` may hold another text if the store found ours under the key: then it is read again. */
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

  return { standing, publish, notice, forget, restart };
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
