import type { ConfigStore, Reading } from '@kubefigurator/etcd-store';

/** A key that exists only in memory, with the compare of the real store and without its failures. */
export interface MemoryStore extends ConfigStore {
  readonly text: () => string | undefined;
  /** Writes as another writer. */
  readonly put: (text: string) => void;
  readonly remove: () => void;
  readonly reading: () => Reading;
  /** Called before each write is compared. */
  beforeWrite: () => void;
}

export function createMemoryStore(): MemoryStore {
  let revision = 1;
  let text: string | undefined;
  const reading = (): Reading =>
    text === undefined
      ? { kind: 'missing', key: '/key', atRevision: String(revision) }
      : { kind: 'published', published: { revision: String(revision), text, bytes: text.length } };
  const put = (changed: string | undefined): void => {
    revision += 1;
    text = changed;
  };
  const store: MemoryStore = {
    key: '/config',
    text: () => text,
    put,
    remove: () => put(undefined),
    reading,
    beforeWrite: () => undefined,
    read: () => Promise.resolve(reading()),
    publish: (wanted, seen) => {
      store.beforeWrite();
      if (text === wanted) return Promise.resolve({ kind: 'unchanged' });
      if (JSON.stringify(seen) !== JSON.stringify(reading()))
        return Promise.resolve({ kind: 'conflict', current: reading() });
      put(wanted);
      return Promise.resolve({
        kind: 'published',
        revision: String(revision),
        bytes: wanted.length,
        compressed: false,
      });
    },
    follow: () => Promise.resolve(),
    refresh: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return store;
}
