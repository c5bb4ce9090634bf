import { isExpired } from './api-error.ts';
import { readText } from '../http/body.ts';
import { parseJson } from './foreign-answer.ts';
import type { ApiClient } from './client.ts';
import type { Replacement } from '../records/record-store.ts';
import type { ObjectName } from '../records/metadata.ts';
import type { RecordKind } from '../records/record-kinds.ts';

const PAGE_SIZE = 500;
const LIMITS = { limitBytes: 512 * 1024 * 1024, idleMs: 20_000 };

/** A collection of the API, such as all Services or those of one namespace. */
export interface Collection {
  /** `/api/v1/services`, `/api/v1/namespaces/shop/services`, `/api/v1/nodes`. */
  readonly path: string;
  /** For messages: `services`, `services of shop`, `nodes`. */
  readonly label: string;
  /** A query that selects a part of it: `fieldSelector=metadata.name%3Dpolicy`; absent for all. */
  readonly selector?: string;
}

/** The collections that hold the objects of a kind; one for each namespace if only some are asked for. */
export function collectionsOf(
  { apiVersion, resource, namespaced }: Pick<RecordKind<unknown>, 'apiVersion' | 'resource' | 'namespaced'>,
  namespaces: readonly string[],
): readonly Collection[] {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  if (!namespaced || namespaces.length === 0) return [{ path: `${root}/${resource}`, label: resource }];
  return [...new Set(namespaces)].map((namespace) => ({
    path: `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`,
    label: `${resource} of ${namespace}`,
  }));
}

/** The collection with a single object of a kind with namespaces: the right to this one object is enough for it. */
export function singleObject(
  { apiVersion, resource }: Pick<RecordKind<unknown>, 'apiVersion' | 'resource'>,
  { namespace = '', name }: ObjectName,
): Collection {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return {
    path: `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`,
    label: `${resource} ${namespace}/${name}`,
    selector: `fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`,
  };
}

interface Page {
  readonly items: readonly unknown[];
  readonly version: string;
  readonly next: string | undefined;
}

/**
 * Gives every object of a collection to `take`, page by page, and returns the resource version of the list.
 * Any failure throws, so that a part is never taken for the whole. Only an expired continue token doesn't: `restart`
 * says that the objects taken so far are void, and the list is read again in one piece.
 */
export async function listAll(
  client: ApiClient,
  collection: Collection,
  taker: Pick<Replacement, 'take' | 'restart'>,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await listPages(client, { ...collection, limit: PAGE_SIZE }, taker.take, signal);
  } catch (error) {
    if (!isExpired(error)) throw error;
    // The server's etcd was compacted past the version of the continue token; a list in one piece needs no token.
    taker.restart();
    return listPages(client, { ...collection, limit: 0 }, taker.take, signal);
  }
}

async function listPages(
  client: ApiClient,
  { path, selector, limit }: Collection & { readonly limit: number },
  take: (object: unknown) => void,
  signal: AbortSignal,
): Promise<string> {
  let next: string | undefined;
  for (;;) {
    const token = next === undefined ? '' : `&continue=${encodeURIComponent(next)}`;
    const page = await readPage(
      client,
      `${path}?${selector === undefined ? '' : `${selector}&`}limit=${limit}${token}`,
      signal,
    );
    page.items.forEach(take);
    if (page.next === undefined) return page.version;
    next = page.next;
  }
}

async function readPage(client: ApiClient, path: string, signal: AbortSignal): Promise<Page> {
  const text = await readText(await client.get(path, signal), LIMITS);
  const page = parseJson(text, new URL(client.server + path));
  const { items, metadata } = (page ?? {}) as { items?: unknown; metadata?: Record<string, unknown> };
  const { resourceVersion, continue: next } = metadata ?? {};
  // Go writes an empty list as null, so only the version proves that this is a list.
  if (typeof resourceVersion !== 'string' || !(items === null || Array.isArray(items)))
    throw new Error(`the answer to ${path} is not a list`);
  return {
    items: items ?? [],
    version: resourceVersion,
    next: typeof next === 'string' && next !== '' ? next : undefined,
  };
}
