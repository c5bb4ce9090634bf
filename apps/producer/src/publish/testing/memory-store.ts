import { gunzipSync } from 'node:zlib';
import {
  type ConfigStore,
  type HeldEntry,
  type OwnerReading,
  PAUSE,
  type PublicationTerms,
  type PublishResult,
  type Reading,
  type ReleaseRequest,
  type PinReading,
} from '@kubefigurator/etcd-store';

/**
 * A store that exists only in memory, without failures of etcd. It compares text, owner and pin like the real one;
 * unlike there, a pause stops only another text.
 */
export interface MemoryStore extends Omit<ConfigStore, 'publish' | 'writeHistory' | 'readHistoryText'> {
  /** May be replaced by a test, like the next two. */
  publish: ConfigStore['publish'];
  writeHistory: ConfigStore['writeHistory'];
  readHistoryText: ConfigStore['readHistoryText'];
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
  let textRevision = 1;
  let text: string | undefined;
  let record: OwnerReading = { revision: '0', value: undefined };
  let owner: OwnerReading = { revision: '0', value: undefined };
  const releases = new Map<string, ReleaseRequest>();
  const held = new Map<string, HeldEntry>();
  const history = new Map<string, { readonly record: string; readonly text: string }>();
  let pin: PinReading = { revision: '0', value: undefined };
  let unpublished: string | undefined;
  const putPin = (value: string | undefined): void => {
    revision += 1;
    pin = { revision: value === undefined ? '0' : String(revision), value };
  };
  const reading = (): Reading =>
    text === undefined
      ? { kind: 'missing', key: '/key', atRevision: String(textRevision) }
      : { kind: 'published', published: { revision: String(textRevision), text, bytes: text.length } };
  const put = (changed: string | undefined): void => {
    revision += 1;
    textRevision = revision;
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
    if (terms.pin?.then === 'goes') putPin(undefined);
    if (terms.owner?.put !== undefined) putOwner(terms.owner.put);
  };
  const refusalOf = (wanted: string, terms: PublicationTerms): PublishResult | undefined => {
    if (held.has(PAUSE) && text !== wanted) return { kind: 'paused' };
    if (isDisowned(terms)) return { kind: 'disowned', owner };
    return pin.revision === (terms.pin?.revision ?? '0') ? undefined : { kind: 'pinned', pin };
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
      const refusal = refusalOf(wanted, terms);
      if (refusal !== undefined) return Promise.resolve(refusal);
      if (text !== wanted && JSON.stringify(seen) !== JSON.stringify(reading()))
        return Promise.resolve({ kind: 'conflict', current: reading() });
      obey(terms);
      if (text === wanted) return Promise.resolve({ kind: 'unchanged' });
      put(wanted);
      if (terms.record !== undefined) record = { revision: String(textRevision), value: terms.record };
      return Promise.resolve({
        kind: 'published',
        revision: String(textRevision),
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
    readRecord: () => Promise.resolve(record),
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
    readHistory: () =>
      Promise.resolve([...history].map(([name, { record }]) => ({ revision: name, record }))),
    readHistoryText: (name) => Promise.resolve(history.get(name)?.text),
    writeHistory: ({ revision: name, record, packed, deletes }) => {
      if (pin.value !== undefined && deletes.length > 0) return Promise.resolve(false);
      for (const each of deletes) history.delete(each);
      history.set(name, { record, text: gunzipSync(packed).toString() });
      return Promise.resolve(true);
    },
    readPin: () => Promise.resolve(pin),
    pin: ({ text: pinned, marker }) => {
      if (text !== pinned) put(pinned);
      putPin(marker);
      return Promise.resolve('pinned');
    },
    writePin: (marker) => {
      putPin(marker);
      return Promise.resolve(true);
    },
    readUnpublished: () => Promise.resolve(unpublished),
    writeUnpublished: (value) => {
      unpublished = value;
      return Promise.resolve(true);
    },
    follow: () => Promise.resolve(),
    refresh: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return store;
}
