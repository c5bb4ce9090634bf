import {
  type ConfigStore,
  type HeldEntry,
  type OwnerReading,
  PAUSE,
  type PublicationTerms,
  type Reading,
  type ReleaseRequest,
} from '@kubefigurator/etcd-store';

/**
 * A store that exists only in memory, without failures of etcd. It compares text and owner like the real one; unlike
 * there, a conflict deletes the releases and approvals nevertheless, and a pause stops only another text.
 */
export interface MemoryStore extends Omit<ConfigStore, 'publish'> {
  /** May be replaced by a test. */
  publish: ConfigStore['publish'];
  readonly text: () => string | undefined;
  /** Writes as another writer. */
  readonly put: (text: string) => void;
  readonly remove: () => void;
  readonly reading: () => Reading;
  /** Called at the beginning of each `publish`, so that a test can change the key between read and write. */
  beforeWrite: () => void;
}

export function createMemoryStore(): MemoryStore {
  let revision = 1;
  let text: string | undefined;
  let owner: OwnerReading = { revision: '0', value: undefined };
  const releases = new Map<string, ReleaseRequest>();
  const held = new Map<string, HeldEntry>();
  const reading = (): Reading =>
    text === undefined
      ? { kind: 'missing', key: '/key', atRevision: String(revision) }
      : { kind: 'published', published: { revision: String(revision), text, bytes: text.length } };
  const put = (changed: string | undefined): void => {
    revision += 1;
    text = changed;
  };
  const putOwner = (value: string): void => {
    owner = { revision: String(Number(owner.revision) + 1), value };
  };
  const isDisowned = (terms: PublicationTerms): boolean =>
    terms.owner !== undefined && terms.owner.seen.revision !== owner.revision;
  const obey = (terms: PublicationTerms): void => {
    for (const { name } of terms.releases ?? []) releases.delete(name);
    for (const { name } of terms.held ?? []) held.delete(name);
  };
  const store: MemoryStore = {
    key: '/config',
    text: () => text,
    put,
    remove: () => put(undefined),
    reading,
    beforeWrite: () => undefined,
    read: () => Promise.resolve(reading()),
    publish: (wanted, seen, terms = {}) => {
      store.beforeWrite();
      if (held.has(PAUSE) && text !== wanted) return Promise.resolve({ kind: 'paused' });
      if (isDisowned(terms)) return Promise.resolve({ kind: 'disowned', owner });
      obey(terms);
      if (text !== wanted && JSON.stringify(seen) !== JSON.stringify(reading()))
        return Promise.resolve({ kind: 'conflict', current: reading() });
      if (terms.owner?.put !== undefined) putOwner(terms.owner.put);
      if (text === wanted) return Promise.resolve({ kind: 'unchanged' });
      put(wanted);
      return Promise.resolve({
        kind: 'published',
        revision: String(revision),
        bytes: wanted.length,
        compressed: false,
      });
    },
    readReleases: () => Promise.resolve([...releases.values()]),
    release: (name) => {
      revision += 1;
      releases.set(name, { name, revision: String(revision) });
      return Promise.resolve();
    },
    readLeader: () => Promise.resolve(undefined),
    readRecord: () => Promise.resolve(undefined),
    campaign: () => ({
      role: () => ({ kind: 'vacant' }),
      isAlive: () => false,
      reconsider: () => undefined,
      done: Promise.resolve(),
    }),
    readOwner: () => Promise.resolve(owner),
    writeOwner: (value, seen) => {
      if (seen.revision !== owner.revision) return Promise.resolve(false);
      putOwner(value);
      return Promise.resolve(true);
    },
    readHeld: () => Promise.resolve([...held.values()]),
    writeHeld: (name, value) => {
      revision += 1;
      if (value === undefined) held.delete(name);
      else held.set(name, { name, revision: String(revision), value });
      return Promise.resolve(true);
    },
    follow: () => Promise.resolve(),
    refresh: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return store;
}
