import type { Logger } from '@kubefigurator/daemon';
import type { ClusterSnapshot, NodeRecord, ServiceRecord } from '@kubefigurator/translator';
import type { ApiClient } from './client.ts';
import type { FieldError } from './fields.ts';
import { type Collection, listAll } from './list.ts';
import { concernsUs, nodeKey, normalizeNode, normalizeService, serviceKey } from './normalize.ts';
import { createRecordStore, type RecordStore } from './record-store.ts';
import { createReflector } from './reflector.ts';
import type { ClusterSource } from './source.ts';

const NODES: Collection = { path: '/api/v1/nodes', label: 'nodes' };
const ALL_SERVICES: Collection = { path: '/api/v1/services', label: 'services' };

export interface ApiSourceOptions {
  readonly client: ApiClient;
  /** Services of these only; empty for all. */
  readonly namespaces: readonly string[];
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Follows the Services and Nodes of an API server. */
export function followApi(options: ApiSourceOptions & { readonly onChange: () => void }): ClusterSource {
  const { services, nodes } = storesFor(options);
  const reflectors = [
    ...services.map((one) => createReflector({ ...options, ...one })),
    createReflector({ ...options, ...nodes }),
  ];
  const pending = (): string[] =>
    reflectors.flatMap((reflector) => (reflector.synced() ? [] : [reflector.trouble() ?? 'listing']));
  const complete = (): boolean => reflectors.every((reflector) => reflector.synced());
  return {
    snapshot: () => (complete() ? snapshotOfStores(services, nodes) : undefined),
    ready: () => complete() || `waiting for the API server: ${pending().join('; ')}`,
    lastProofOfLife: () => {
      const oldest = Math.min(...reflectors.map((reflector) => reflector.lastProofOfLife()));
      return oldest === 0 ? undefined : oldest;
    },
    events: {
      uidOf: ({ kind, namespace, name }) =>
        kind === 'Node' ? nodes.store.uid(name) : uidOfService(services, `${namespace ?? ''}/${name}`),
      create: (event, signal) => options.client.create(eventsPath(event.metadata.namespace), event, signal),
    },
    refresh: () => reflectors.forEach((reflector) => reflector.relist()),
    done: Promise.all(reflectors.map((reflector) => reflector.run())).then(() => undefined),
  };
}

/** One complete look at an API server; throws when any part of it can't be had. */
export async function readApi(options: ApiSourceOptions): Promise<ClusterSnapshot> {
  const { services, nodes } = storesFor(options);
  await Promise.all([...services, nodes].map((one) => one.fill()));
  return snapshotOfStores(services, nodes);
}

interface Stored<T> {
  readonly collection: Collection;
  readonly store: RecordStore<T>;
  readonly fill: () => Promise<void>;
}

function storesFor(options: ApiSourceOptions): {
  services: readonly Stored<ServiceRecord>[];
  nodes: Stored<NodeRecord>;
} {
  const { client, signal, log } = options;
  const onUnreadable = (error: FieldError): void => log.warn({ reason: error.message }, 'object.ignored');
  function stored<T>(collection: Collection, store: RecordStore<T>): Stored<T> {
    const fill = async (): Promise<void> => {
      const replacement = store.replace();
      await listAll(client, collection, replacement, signal);
      replacement.commit();
    };
    return { collection, store, fill };
  }
  const serviceKind = { normalize: normalizeService, key: serviceKey, concerns: concernsUs, onUnreadable };
  const nodeKind = { normalize: normalizeNode, key: nodeKey, concerns: () => true, onUnreadable };
  return {
    services: serviceCollections(options.namespaces).map((one) =>
      stored(one, createRecordStore(serviceKind)),
    ),
    nodes: stored(NODES, createRecordStore(nodeKind)),
  };
}

function uidOfService(services: readonly Stored<ServiceRecord>[], key: string): string | undefined {
  for (const { store } of services) {
    const uid = store.uid(key);
    if (uid !== undefined) return uid;
  }
  return undefined;
}

function eventsPath(namespace: string): string {
  return `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`;
}

function serviceCollections(namespaces: readonly string[]): readonly Collection[] {
  if (namespaces.length === 0) return [ALL_SERVICES];
  return [...new Set(namespaces)].map((namespace) => ({
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`,
    label: `services of ${namespace}`,
  }));
}

function snapshotOfStores(
  services: readonly Stored<ServiceRecord>[],
  nodes: Stored<NodeRecord>,
): ClusterSnapshot {
  return {
    services: services.flatMap(({ store }) => [...store.records()]),
    nodes: [...nodes.store.records()],
  };
}
