import type { Logger } from '@kubefigurator/daemon';
import type { Session } from '../connection/session.ts';
import { type Entry, decodeEntry } from '../keys/entry.ts';
import { memberKey, type Selection, storeKey, storeRange, type StoreKey } from '../keys/store-keys.ts';
import { openElection } from '../lease/election.ts';
import { ifKeyUnchanged } from '../transaction/compare.ts';
import { putOfValue, transact } from '../transaction/transaction.ts';
import { followEntries } from '../watch/follow.ts';
import type { HeartbeatPace } from '../watch/heartbeat.ts';
import type { EntriesReport } from '../watch/tracker.ts';
import {
  type ConfigStore,
  type FollowOptions,
  type HeldEntry,
  type LeaderCondition,
  type OwnerReading,
  PAUSE,
  type PublicationTerms,
  type PublishResult,
  type Reading,
  type ReleaseRequest,
} from './config-store.ts';
import { createHistoryStore } from './history-store.ts';
import { createPinStore, type PinReading } from './pin-store.ts';
import { leaderConditionOf, publishText } from './publish.ts';
import { createReadRange, isDenied, readKey } from './read-denied.ts';
import { ownerReadingOf, readingOfEntry } from './reading.ts';

export interface ConfigStoreParts {
  readonly session: Session;
  readonly key: StoreKey<string>;
  readonly log: Logger;
  /** As in `StoreOptions`, like the heartbeat. */
  readonly secondOpinionMs?: number | undefined;
  readonly heartbeat?: Partial<HeartbeatPace> | undefined;
  readonly stopsAgainMs?: number | undefined;
}

/** After this time a denial of the keys of pause and pin is tried again, in milliseconds. */
const STOPS_AGAIN_MS = 60_000;

/** The store over these connections, which it closes. */
export function createConfigStore(parts: ConfigStoreParts): ConfigStore {
  const { session, key, log, secondOpinionMs, heartbeat, stopsAgainMs = STOPS_AGAIN_MS } = parts;
  const releases = storeRange(key.name, 'releases');
  const held = storeRange(key.name, 'held');
  const pause = memberKey(key.name, 'held', PAUSE);
  const owner = storeKey(key.name, 'owner');
  const leader = storeKey(key.name, 'leader');
  const record = storeKey(key.name, 'published');
  const pin = storeKey(key.name, 'pin');
  const unpublished = storeKey(key.name, 'difference');
  const readRange = createReadRange(session);
  /**
   * Until when texts are published without a look at the keys of pause and pin, by `performance.now()`: etcd has denied them to
   * this user. It is tried again, since rights that are being granted anew are missing for a moment.
   */
  let stopsDeniedUntil = 0;
  /** True if the last look was denied. */
  let areStopsDenied = false;
  /** One function for each `follow` that runs. */
  const refreshes = new Set<() => Promise<void>>();

  async function read(): Promise<Reading> {
    const { kvs, header } = await session.call({ use: 'look', action: 'read', key: key.name }, (client) =>
      client.kv.range({ key: key.first }),
    );
    const [found] = kvs;
    return readingOfEntry(key.name, found && decodeEntry(found, key.codec), header.revision);
  }

  async function readReleases(): Promise<readonly ReleaseRequest[]> {
    const found = await readRange(releases);
    return found.map(([name, { revision }]) => ({ name, revision }));
  }

  async function writeHeld(
    name: string,
    value: string | undefined,
    condition?: LeaderCondition,
  ): Promise<boolean> {
    const member = memberKey(key.name, 'held', name);
    const purpose = { use: 'write', action: 'write', key: member.name } as const;
    const { kind } = await transact(session, purpose, {
      compares: leaderConditionOf(leader, condition),
      puts: value === undefined ? [] : [putOfValue(member, value)],
      deletes: value === undefined ? [member.name] : [],
    });
    return kind === 'committed';
  }

  async function writeOwner(
    value: string,
    seen: OwnerReading,
    pinSeen?: Pick<PinReading, 'revision'>,
  ): Promise<boolean> {
    const { kind } = await transact(
      session,
      { use: 'write', action: 'write', key: owner.name },
      {
        compares: [
          ifKeyUnchanged(owner, seen.revision),
          ...(pinSeen === undefined ? [] : [ifKeyUnchanged(pin, pinSeen.revision)]),
        ],
        puts: [putOfValue(owner, value)],
      },
    );
    return kind === 'committed';
  }

  /** The keys that go with the publication. */
  function obeyedKeys(terms: PublicationTerms): readonly string[] {
    return [
      ...(terms.releases ?? []).map(({ name }) => memberKey(key.name, 'releases', name).name),
      ...(terms.held ?? []).map(({ name }) => memberKey(key.name, 'held', name).name),
      ...(terms.pin?.then === 'goes' ? [pin.name, unpublished.name] : []),
    ];
  }

  async function publish(text: string, seen: Reading, terms: PublicationTerms = {}): Promise<PublishResult> {
    const obeyed = obeyedKeys(terms);
    const beside = terms.record === undefined ? [] : [putOfValue(record, terms.record)];
    const keys = { key, ownerKey: owner, leaderKey: leader };
    const conditions = { owner: terms.owner, leader: terms.leader, pin: terms.pin };
    const parts = { session, ...keys, read, obeyed, ...conditions, beside };
    const looksAtStops = performance.now() >= stopsDeniedUntil;
    try {
      const result = await publishText(
        { ...parts, stops: looksAtStops ? { pause, pin } : undefined },
        text,
        seen,
      );
      if (looksAtStops && result.kind !== 'unchanged') noticeStops('read');
      return result;
    } catch (error) {
      if (!looksAtStops || !isDenied(error)) throw error;
      const result = await publishText({ ...parts, stops: undefined }, text, seen);
      stopsDeniedUntil = performance.now() + stopsAgainMs;
      noticeStops('denied');
      return result;
    }
  }

  /** Logs it once that pause and pin don't count, and the end of that. */
  function noticeStops(answer: 'read' | 'denied'): void {
    const hint = `grant this user the role kubefigurator-producer of docs/install.md, or let it read ${pause.name} and ${pin.name}`;
    if (answer === 'denied' && !areStopsDenied) log.warn({ key: key.name, hint }, 'stops.denied');
    if (answer === 'read' && areStopsDenied) log.warn({ key: key.name }, 'stops.read');
    areStopsDenied = answer === 'denied';
  }

  async function release(name: string): Promise<void> {
    const member = memberKey(key.name, 'releases', name);
    const purpose = { use: 'write', action: 'write', key: member.name } as const;
    await transact(session, purpose, { compares: [], puts: [putOfValue(member, '{}')] });
  }

  function followBeside(
    selection: Selection<string>,
    signal: AbortSignal,
    onChange: (report: EntriesReport<string>) => void,
  ): Promise<void> {
    return followEntries(
      { session, selection, log, secondOpinionMs, heartbeat },
      { signal, onChange, onState: () => undefined },
    ).done;
  }

  async function follow(options: FollowOptions): Promise<void> {
    const { signal, onReading, onState, onReleases, onHeld, onOwner, onPin, onUnpublished } = options;
    const { onLeader, onRecord } = options;
    /** Turns a listener that takes a list of entries into a listener of reports. */
    const asList =
      (onEntries: (entries: readonly HeldEntry[]) => void) =>
      ({ entries }: EntriesReport<string>): void =>
        onEntries([...entries].map(toHeldEntry));
    /** Turns a listener that takes the reading of one key into a listener of reports. */
    const asReading =
      ({ name }: StoreKey<string>, onOne: (reading: OwnerReading) => void) =>
      ({ entries }: EntriesReport<string>): void =>
        onOne(ownerReadingOf(entries.get(name)));
    const others = [
      onReleases && followBeside(releases, signal, asList(onReleases)),
      onHeld && followBeside(held, signal, asList(onHeld)),
      onOwner && followBeside(owner, signal, asReading(owner, onOwner)),
      onPin && followBeside(pin, signal, asReading(pin, onPin)),
      onLeader && followBeside(leader, signal, asReading(leader, onLeader)),
      onRecord && followBeside(record, signal, asReading(record, onRecord)),
      onUnpublished &&
        followBeside(
          unpublished,
          signal,
          asReading(unpublished, ({ value }) => onUnpublished(value)),
        ),
    ];
    const { done, refresh } = followEntries(
      { session, selection: key, log, secondOpinionMs, heartbeat },
      {
        signal,
        onState,
        onChange: ({ entries, revision }) =>
          onReading(readingOfEntry(key.name, entries.get(key.name), revision)),
      },
    );
    refreshes.add(refresh);
    await Promise.all([done, ...others]);
    refreshes.delete(refresh);
  }

  return {
    ...createHistoryStore(session, key.name, readRange),
    ...createPinStore(session, key),
    key: key.name,
    read,
    publish,
    readReleases,
    release,
    readHeld: async () => (await readRange(held)).map(toHeldEntry),
    writeHeld,
    readOwner: () => readKey(session, owner),
    readLeader: () => readKey(session, leader),
    readRecord: () => readKey(session, record),
    campaign: (options) => openElection({ session, key: leader, log, ...options }),
    writeOwner,
    follow,
    refresh: async () => {
      if (refreshes.size === 0) throw new Error('refresh needs a running follow');
      await Promise.all([...refreshes].map((refresh) => refresh()));
    },
    close: () => {
      session.close();
      return Promise.resolve();
    },
  };
}

function toHeldEntry([name, { revision, value }]: readonly [string, Entry<string>]): HeldEntry {
  return { name, revision, value: 'value' in value ? value.value : '' };
}
