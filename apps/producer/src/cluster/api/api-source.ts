import type { Logger } from '@kubefigurator/daemon';
import type { ClusterSnapshot } from '@kubefigurator/translator';
import { objectKey } from '../records/metadata.ts';
import { type ClusterRecord, RECORD_KINDS, type RecordKind, snapshotOf } from '../records/record-kinds.ts';
import { createRecordStore, type RecordStore, type UnreadableObject } from '../records/record-store.ts';
import type { FindUid } from '../event-access.ts';
import type { ClusterSource } from '../source.ts';
import type { ApiClient } from './client.ts';
import { type Collection, collectionsOf, listAll } from './list.ts';
import { createReflector } from './reflector.ts';

export interface ApiSourceOptions {
  readonly client: ApiClient;
  /** Only objects of these namespaces; empty for all. Objects of a kind without namespaces are always read. */
  readonly namespaces: readonly string[];
  /** Keeps also the records that don't concern us; false by default. */
  readonly everything?: boolean;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Follows the objects of an API server. */
export function followApi(options: ApiSourceOptions & { readonly onChange: () => void }): ClusterSource {
  const stores = openStores(options);
  const reflectors = stores.map((one) => createReflector({ ...options, ...one }));
  const pending = (): string[] =>
    reflectors.flatMap((reflector) => (reflector.synced() ? [] : [reflector.trouble() ?? 'listing']));
  const complete = (): boolean => reflectors.every((reflector) => reflector.synced());
  return {
    snapshot: () => (complete() ? snapshotOfStores(stores) : undefined),
    ready: () => complete() || `waiting for the API server: ${pending().join('; ')}`,
    lastProofOfLife: () => {
      const oldest = Math.min(...reflectors.map((reflector) => reflector.lastProofOfLife()));
      return oldest === 0 ? undefined : oldest;
    },
    listedAt: () => {
      const oldest = Math.min(...reflectors.map((reflector) => reflector.listedAt()));
      return oldest === 0 ? undefined : oldest;
    },
    events: {
      uidOf: (object) => findUid(stores, object),
      create: (event, signal) => options.client.create(eventsPath(event.metadata.namespace), event, signal),
    },
    refresh: () => reflectors.forEach((reflector) => reflector.relist()),
    done: Promise.all(reflectors.map((reflector) => reflector.run())).then(() => undefined),
  };
}

/** Reads all objects once; throws if any collection can't be read completely. */
export async function readApi(options: ApiSourceOptions): Promise<ClusterSnapshot> {
  const { client, signal } = options;
  const stores = openStores(options);
  await Promise.all(
    stores.map(async ({ collection, store }) => {
      const replacement = store.replace();
      await listAll(client, collection, replacement, signal);
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

function openStores({ namespaces, everything = false, log }: ApiSourceOptions): readonly Stored[] {
  return RECORD_KINDS.flatMap((kind) => {
    const onUnreadable = ({ key, error, kept }: UnreadableObject): void =>
      log.warn({ reason: kind.explain(error), subject: subjectOf(kind.kind, key), kept }, 'object.ignored');
    return collectionsOf(kind, namespaces).map((collection) => ({
      kind,
      collection,
      store: createRecordStore(everything ? { ...kind, concerns: () => true } : kind, onUnreadable),
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
