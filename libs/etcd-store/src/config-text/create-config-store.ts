import { OperatorError, type Logger } from '@kubefigurator/daemon';
import type { Session } from '../connection/session.ts';
import { entryOf } from '../keys/entry.ts';
import { memberKey, storeRange, type StoreKey } from '../keys/store-keys.ts';
import { put, transact } from '../transaction/transaction.ts';
import { followEntries } from '../watch/follow.ts';
import type { HeartbeatPace } from '../watch/heartbeat.ts';
import type { EntriesReport } from '../watch/tracker.ts';
import type { ConfigStore, FollowOptions, Reading, ReleaseRequest } from './config-store.ts';
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
  const refreshes = new Set<() => Promise<void>>();

  async function read(): Promise<Reading> {
    const { kvs, header } = await session.call({ use: 'look', action: 'read', key: key.name }, (client) =>
      client.kv.range({ key: key.first }),
    );
    const [found] = kvs;
    return readingOf(key.name, found && entryOf(found, key.codec), header.revision);
  }

  async function readReleases(): Promise<readonly ReleaseRequest[]> {
    const purpose = { use: 'look', action: 'read', key: releases.name } as const;
    try {
      const { kvs } = await session.call(purpose, (client) =>
        client.kv.range({ key: releases.first, range_end: releases.end }),
      );
      return kvs.map((kv) => ({ name: releases.memberOf(kv.key), revision: kv.mod_revision }));
    } catch (error) {
      // A role that has the key alone goes on working: nobody can free anything there.
      if (error instanceof OperatorError && error.message.includes('permission denied')) return [];
      throw error;
    }
  }

  async function release(name: string): Promise<void> {
    const member = memberKey(key.name, 'releases', name);
    const purpose = { use: 'write', action: 'write', key: member.name } as const;
    await transact(session, purpose, { compares: [], puts: [put(member, '{}')] });
  }

  function followReleases(
    signal: AbortSignal,
    onReleases: (list: readonly ReleaseRequest[]) => void,
  ): Promise<void> {
    const onChange = ({ entries }: EntriesReport<string>): void =>
      onReleases([...entries].map(([name, { revision }]) => ({ name, revision })));
    return followEntries(
      { session, selection: releases, log, secondOpinionMs, heartbeat },
      {
        signal,
        onChange,
        onState: () => undefined,
      },
    ).done;
  }

  async function follow({ signal, onReading, onState, onReleases }: FollowOptions): Promise<void> {
    const alsoReleases = onReleases === undefined ? undefined : followReleases(signal, onReleases);
    const { done, refresh } = followEntries(
      { session, selection: key, log, secondOpinionMs, heartbeat },
      {
        signal,
        onState,
        onChange: ({ entries, revision }) => onReading(readingOf(key.name, entries.get(key.name), revision)),
      },
    );
    refreshes.add(refresh);
    await Promise.all([done, alsoReleases]);
    refreshes.delete(refresh);
  }

  return {
    key: key.name,
    read,
    publish: (text, seen, obeyed = []) =>
      publishText(
        { session, key, read, obeyed: obeyed.map(({ name }) => memberKey(key.name, 'releases', name).name) },
        text,
        seen,
      ),
    readReleases,
    release,
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
