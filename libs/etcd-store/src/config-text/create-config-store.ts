import { OperatorError, type Logger } from '@kubefigurator/daemon';
import type { Session } from '../connection/session.ts';
import { type Entry, entryOf } from '../keys/entry.ts';
import { memberKey, storeRange, type StoreKey, type StoreRange } from '../keys/store-keys.ts';
import { put, transact } from '../transaction/transaction.ts';
import { followEntries } from '../watch/follow.ts';
import type { HeartbeatPace } from '../watch/heartbeat.ts';
import type { EntriesReport } from '../watch/tracker.ts';
import {
  type ConfigStore,
  type FollowOptions,
  type HeldEntry,
  type Obeyed,
  PAUSE,
  type PublishResult,
  type Reading,
  type ReleaseRequest,
} from './config-store.ts';
import { publishText } from './publish.ts';
import { readingOf } from './reading.ts';

export interface ConfigStoreParts {
  readonly session: Session;
  readonly key: StoreKey<string>;
  readonly log: Logger;
  readonly secondOpinionMs?: number | undefined;
  readonly heartbeat?: Partial<HeartbeatPace> | undefined;
}

/** The store over these connections, which it closes. */
export function createConfigStore(parts: ConfigStoreParts): ConfigStore {
  const { session, key, log, secondOpinionMs, heartbeat } = parts;
  const releases = storeRange(key.name, 'releases');
  const held = storeRange(key.name, 'held');
  const pause = memberKey(key.name, 'held', PAUSE);
  /** False once etcd has denied this user to read the range: then nobody can pause anything there. */
  let mayBePaused = true;
  const refreshes = new Set<() => Promise<void>>();

  async function read(): Promise<Reading> {
    const { kvs, header } = await session.call({ use: 'look', action: 'read', key: key.name }, (client) =>
      client.kv.range({ key: key.first }),
    );
    const [found] = kvs;
    return readingOf(key.name, found && entryOf(found, key.codec), header.revision);
  }

  async function readReleases(): Promise<readonly ReleaseRequest[]> {
    const found = await readRange(releases);
    return found.map(([name, { revision }]) => ({ name, revision }));
  }

  /** A role that has the key alone goes on working: the range is empty for it. */
  async function readRange(
    range: StoreRange<string>,
  ): Promise<readonly (readonly [name: string, entry: Entry<string>])[]> {
    const purpose = { use: 'look', action: 'read', key: range.name } as const;
    try {
      const { kvs } = await session.call(purpose, (client) =>
        client.kv.range({ key: range.first, range_end: range.end }),
      );
      return kvs.map((kv) => [range.memberOf(kv.key), entryOf(kv, range.codec)] as const);
    } catch (error) {
      if (isDenied(error)) return [];
      throw error;
    }
  }

  async function writeHeld(name: string, value: string | undefined): Promise<void> {
    const member = memberKey(key.name, 'held', name);
    const purpose = { use: 'write', action: 'write', key: member.name } as const;
    await transact(session, purpose, {
      compares: [],
      puts: value === undefined ? [] : [put(member, value)],
      deletes: value === undefined ? [member.name] : [],
    });
  }

  async function publish(text: string, seen: Reading, obeyed: Obeyed = {}): Promise<PublishResult> {
    const names = [
      ...(obeyed.releases ?? []).map(({ name }) => memberKey(key.name, 'releases', name).name),
      ...(obeyed.held ?? []).map(({ name }) => memberKey(key.name, 'held', name).name),
    ];
    const parts = { session, key, read, obeyed: names };
    try {
      return await publishText({ ...parts, pause: mayBePaused ? pause : undefined }, text, seen);
    } catch (error) {
      if (!mayBePaused || !isDenied(error)) throw error;
      const result = await publishText({ ...parts, pause: undefined }, text, seen);
      mayBePaused = false;
      return result;
    }
  }

  async function release(name: string): Promise<void> {
    const member = memberKey(key.name, 'releases', name);
    const purpose = { use: 'write', action: 'write', key: member.name } as const;
    await transact(session, purpose, { compares: [], puts: [put(member, '{}')] });
  }

  function followRange(
    selection: StoreRange<string>,
    signal: AbortSignal,
    onEntries: (entries: readonly HeldEntry[]) => void,
  ): Promise<void> {
    const onChange = ({ entries }: EntriesReport<string>): void => onEntries([...entries].map(toHeldEntry));
    return followEntries(
      { session, selection, log, secondOpinionMs, heartbeat },
      { signal, onChange, onState: () => undefined },
    ).done;
  }

  async function follow(options: FollowOptions): Promise<void> {
    const { signal, onReading, onState, onReleases, onHeld } = options;
    const others = [
      onReleases === undefined ? undefined : followRange(releases, signal, onReleases),
      onHeld === undefined ? undefined : followRange(held, signal, onHeld),
    ];
    const { done, refresh } = followEntries(
      { session, selection: key, log, secondOpinionMs, heartbeat },
      {
        signal,
        onState,
        onChange: ({ entries, revision }) => onReading(readingOf(key.name, entries.get(key.name), revision)),
      },
    );
    refreshes.add(refresh);
    await Promise.all([done, ...others]);
    refreshes.delete(refresh);
  }

  return {
    key: key.name,
    read,
    publish,
    readReleases,
    release,
    readHeld: async () => (await readRange(held)).map(toHeldEntry),
    writeHeld,
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

function isDenied(error: unknown): boolean {
  return error instanceof OperatorError && error.message.includes('permission denied');
}
