import type { Logger } from '@kubefigurator/daemon';
import type { Session } from '../connection/session.ts';
import { entryOf } from '../keys/entry.ts';
import type { StoreKey } from '../keys/store-keys.ts';
import { followEntries } from '../watch/follow.ts';
import type { ConfigStore, FollowOptions, Reading } from './config-store.ts';
import { publishText } from './publish.ts';
import { readingOf } from './reading.ts';

export interface ConfigStoreParts {
  readonly session: Session;
  readonly key: StoreKey<string>;
  readonly log: Logger;
  readonly secondOpinionMs?: number | undefined;
}

/** The store over these connections, which it closes. */
export function createConfigStore({ session, key, log, secondOpinionMs }: ConfigStoreParts): ConfigStore {
  const running = new Set<() => Promise<void>>();

  async function read(): Promise<Reading> {
    const { kvs, header } = await session.call({ use: 'look', action: 'read', key: key.name }, (client) =>
      client.kv.range({ key: key.first }),
    );
    const [found] = kvs;
    return readingOf(key.name, found && entryOf(found, key.codec), header.revision);
  }

  async function follow({ signal, onReading, onState }: FollowOptions): Promise<void> {
    const { done, refresh } = followEntries(
      { session, selection: key, log, secondOpinionMs },
      {
        signal,
        onState,
        onChange: ({ entries, revision }) => onReading(readingOf(key.name, entries.get(key.name), revision)),
      },
    );
    running.add(refresh);
    await done;
    running.delete(refresh);
  }

  return {
    key: key.name,
    read,
    publish: (text, seen) => publishText({ session, key, read }, text, seen),
    follow,
    refresh: async () => {
      if (running.size === 0) throw new Error('refresh needs a running follow');
      await Promise.all([...running].map((refresh) => refresh()));
    },
    close: () => {
      session.close();
      return Promise.resolve();
    },
  };
}
