import type { Health, Logger } from '@kubefigurator/daemon';
import type { ClusterSnapshot } from '@kubefigurator/translator';
import { objectKey } from '../records/metadata.ts';
import {
  type ClusterRecord,
  NAMESPACE_KIND,
  RECORD_KINDS,
  type RecordKind,
  snapshotOf,
} from '../records/record-kinds.ts';
import { createRecordStore, type RecordStore, type UnreadableObject } from '../records/record-store.ts';
import type { FindUid } from '../event-access.ts';
import type { ClusterSource, Versions } from '../source.ts';
import type { ApiClient } from './client.ts';
import { readClusterUid } from './cluster-uid.ts';
import { createIdentity } from './identity.ts';
import { type Collection, collectionsOf, listCollection } from './list.ts';
import { createReflector, type Reflector } from './reflector.ts';

export interface ApiSourceOptions {
  readonly client: ApiClient;
  /**
   * Only objects of these namespaces are read; empty for all. Nodes and other objects without a namespace are always
   * read.
   */
  readonly namespaces: readonly string[];
  /** True if Services without a label or annotation of ours are kept, too; false by default. */
  readonly everything?: boolean;
  /**
   * Called with each record of a list that is new or has changed, alone in a snapshot, before the list is complete. Lets work
   * begin while the API server is waited for; if it throws, nothing follows from that.
   */
  readonly onListedRecord?: ((alone: ClusterSnapshot) => void) | undefined;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Follows the objects of an API server until the signal is aborted. */
export function followApi(options: ApiSourceOptions & { readonly onChange: () => void }): ClusterSource {
  const stores = openStores(options);
  const identity = createIdentity(options);
  const follow = (followed: readonly Stored[]): readonly Reflector[] =>
    followed.map((one) => createReflector({ ...options, ...one, onListed: identity.read }));
  const reflectors = follow(stores);
  const namespaces = createNamespaceFollower(options, follow);
  const isComplete = (): boolean => reflectors.every((reflector) => reflector.synced());
  const whyUnidentified = (): string =>
    `waiting for the API server: ${identity.trouble() ?? 'identifying the cluster'}`;
  return {
    snapshot: () =>
      isComplete() && identity.current() !== undefined
        ? snapshotOfStores([...stores, ...namespaces.stores])
        : undefined,
    uid: identity.last,
    versions: () => versionsOf([...reflectors, ...namespaces.reflectors()]),
    ready: () => {
      if (!isComplete()) return waitingFor(reflectors);
      return identity.last() !== undefined || whyUnidentified();
    },
    followNamespaces: namespaces.follow,
    namespacesReady: namespaces.ready,
    lastProofOfLife: () => {
      const oldest = Math.min(
        ...[...reflectors, ...namespaces.reflectors()].map((reflector) => reflector.lastProofOfLife()),
      );
      // 0 means that this collection was never answered.
      return oldest === 0 ? undefined : oldest;
    },
    listedAt: () => {
      const oldest = Math.min(...reflectors.map((reflector) => reflector.listedAt()));
      // 0 means that this collection was never listed.
      return oldest === 0 ? undefined : oldest;
    },
    events: {
      uidOf: (object) => findUid(stores, object),
      create: (event, signal) => options.client.create(eventsPath(event.metadata.namespace), event, signal),
    },
    refresh: () => [...reflectors, ...namespaces.reflectors()].forEach((reflector) => reflector.relist()),
    done: Promise.all([identity, ...reflectors].map((each) => each.run())).then(namespaces.done),
  };
}

/** What is missing as long as not all collections are listed, for `ready`. */
function waitingFor(reflectors: readonly Reflector[]): string {
  const pending = reflectors.flatMap((each) => (each.synced() ? [] : [each.trouble() ?? 'listing']));
  return `waiting for the API server: ${pending.join('; ')}`;
}

/** By the label of the collection; one without a complete list is left out. */
function versionsOf(reflectors: readonly Reflector[]): Versions {
  return Object.fromEntries(
    reflectors.flatMap((each) => {
      const version = each.version();
      return version === undefined ? [] : [[each.label, version] as const];
    }),
  );
}

interface NamespaceFollower {
  readonly stores: readonly Stored[];
  /** None until they are followed. */
  readonly reflectors: () => readonly Reflector[];
  readonly follow: () => void;
  readonly ready: () => Health;
  readonly done: () => Promise<void>;
}

/**
 * Follows Namespaces only once they are needed: without a policy that goes by their labels, the producer doesn't need
 * the right to list them.
 */
function createNamespaceFollower(
  options: ApiSourceOptions,
  follow: (stores: readonly Stored[]) => readonly Reflector[],
): NamespaceFollower {
  const stores = openStoresOf([NAMESPACE_KIND], options);
  let reflectors: readonly Reflector[] = [];
  let running: Promise<unknown> = Promise.resolve();
  return {
    stores,
    reflectors: () => reflectors,
    follow: () => {
      if (reflectors.length > 0) return;
      reflectors = follow(stores);
      running = Promise.all(reflectors.map((reflector) => reflector.run()));
    },
    ready: () =>
      (reflectors.length > 0 && reflectors.every((each) => each.synced())) || waitingFor(reflectors),
    done: async () => void (await running),
  };
}

/**
 * The uid of the cluster; throws if it can't be read. To be called after `readApi`: `followApi`, too, reads the uid
 * after the lists, since another cluster may be behind the address by then.
 */
export function readUid({ client, signal }: Pick<ApiSourceOptions, 'client' | 'signal'>): Promise<string> {
  return readClusterUid(client, signal);
}

/** Reads all objects once; throws if any collection can't be read completely. */
export async function readApi(
  options: ApiSourceOptions & { readonly withNamespaces: boolean },
): Promise<ClusterSnapshot> {
  const { client, signal, withNamespaces } = options;
  const stores = [...openStores(options), ...(withNamespaces ? openStoresOf([NAMESPACE_KIND], options) : [])];
  await Promise.all(
    stores.map(async ({ collection, store }) => {
      const replacement = store.replace();
      await listCollection(client, collection, replacement, signal);
      replacement.commit();
    }),
  );
  return snapshotOfStores(stores);
}

/** The records of one collection. A kind has several collections if only some namespaces are read. */
interface Stored {
  readonly kind: RecordKind<ClusterRecord>;
  readonly collection: Collection;
  readonly store: RecordStore<ClusterRecord>;
}

function openStores(options: ApiSourceOptions): readonly Stored[] {
  return openStoresOf(
    RECORD_KINDS.filter((kind) => kind !== NAMESPACE_KIND),
    options,
  );
}

function openStoresOf(
  kinds: readonly RecordKind<ClusterRecord>[],
  { namespaces, everything = false, onListedRecord, log }: ApiSourceOptions,
): readonly Stored[] {
  return kinds.flatMap((kind) => {
    const onUnreadable = ({ key, error, kept }: UnreadableObject): void =>
      log.warn({ reason: kind.explain(error), subject: subjectOf(kind.kind, key), kept }, 'object.ignored');
    const prepare = (record: ClusterRecord): void => {
      try {
        onListedRecord?.(snapshotOf((each) => (each === kind ? [record] : [])));
      } catch {
        // The pass meets the same error, and reports it.
      }
    };
    return collectionsOf(kind, namespaces).map((collection) => ({
      kind,
      collection,
      store: createRecordStore(everything ? { ...kind, concerns: () => true } : kind, onUnreadable, prepare),
    }));
  });
}

function snapshotOfStores(stores: readonly Stored[]): ClusterSnapshot {
  return snapshotOf((kind) =>
    stores.flatMap((stored) => (stored.kind === kind ? [...stored.store.records()] : [])),
  );
}

function findUid(
  stores: readonly Stored[],
  { kind, namespace, name }: Parameters<FindUid>[0],
): string | undefined {
  // If only some namespaces are read, a kind has several stores.
  for (const stored of stores) {
    const uid = stored.kind.kind === kind ? stored.store.uid(objectKey({ namespace, name })) : undefined;
    if (uid !== undefined) return uid;
  }
  return undefined;
}

/** Kind and key; the key is unknown if the metadata can't be read. */
function subjectOf(kind: string, key: string | undefined): string {
  return key === undefined ? kind : `${kind} ${key}`;
}

function eventsPath(namespace: string): string {
  return `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`;
}
