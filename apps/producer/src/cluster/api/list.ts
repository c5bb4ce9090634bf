import { setImmediate } from 'node:timers/promises';
import { isExpiredError } from './api-error.ts';
import { readBodyText, TooLargeError } from '../http/body.ts';
import { parseApiJson } from './foreign-answer.ts';
import type { ApiClient } from './client.ts';
import type { Replacement } from '../records/record-store.ts';
import type { ObjectName } from '../records/metadata.ts';
import type { RecordKind } from '../records/record-kinds.ts';

/** How many objects a page has at most. */
const PAGE_SIZE = 500;
/**
 * A page that is larger is asked for again with fewer objects: a page is in memory four times while it is parsed.
 * Anybody may write Services with a megabyte of annotations, and no selector of the API leaves out annotations.
 */
const PAGE_BYTES = 16 * 1024 * 1024;
/** The limit for a list in one piece, and for a page with a single object, which can't be made smaller. */
const MOST_BYTES = 512 * 1024 * 1024;
/** A response that brings nothing for this time is given up. */
const IDLE_MS = 20_000;

/** A collection of the API, such as all Services or those of one namespace. */
export interface Collection {
  /** `/api/v1/services`, `/api/v1/namespaces/shop/services`, `/api/v1/nodes`. */
  readonly path: string;
  /** For messages: `services`, `services of shop`, `nodes`. */
  readonly label: string;
  /**
   * The part of the query that selects some of the objects: `fieldSelector=metadata.name%3Dpolicy`; absent for all.
   */
  readonly selector?: string;
}

/**
 * The collections that hold the objects of a kind: one for all namespaces if `namespaces` is empty, and otherwise one
 * for each.
 */
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

/**
 * The collection with a single object in a namespace: to list it, a right that is restricted to this name is enough.
 */
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
  /** The continue token of the following page; undefined if this is the last one. */
  readonly next: string | undefined;
  /** The number of characters of the answer. */
  readonly length: number;
}

/**
 * Gives every object of a collection to `take`, page by page, and returns the resource version of the list.
 * Any failure throws, so that a part is never taken for the whole. An expired continue token is no failure: `restart`
 * is called, since the objects taken so far don't count any more, and the list is read again in one piece.
 */
export async function listCollection(
  client: ApiClient,
  collection: Collection,
  taker: Pick<Replacement, 'take' | 'restart'>,
  signal: AbortSignal,
): Promise<string> {
  const pages: Pages = { limit: PAGE_SIZE, size: pageSizes.get(collection) ?? PAGE_SIZE };
  try {
    return await listPages(client, { ...collection, pages }, taker.take, signal);
  } catch (error) {
    if (!isExpiredError(error)) {
      // A server that couldn't begin its answer in time may begin one with fewer objects.
      pages.size = Math.ceil(pages.size / 4);
      throw error;
    }
    // The server's etcd was compacted past the version of the continue token; a list in one piece needs no token.
    taker.restart();
    return await listPages(client, { ...collection, pages: { limit: 0, size: 0 } }, taker.take, signal);
  } finally {
    pageSizes.set(collection, pages.size);
  }
}

/** How many objects a page may have. */
interface Pages {
  /** At most; 0 is no limit, so that the list comes in one piece. */
  readonly limit: number;
  /** The next page. */
  size: number;
}

/** The size that fitted last, for the next list of a collection. */
const pageSizes = new WeakMap<Collection, number>();

/** Reads page after page; `pages.size` is that of the next one, also if a page fails. */
async function listPages(
  client: ApiClient,
  { path, selector, pages }: Collection & { readonly pages: Pages },
  take: (object: unknown) => void,
  signal: AbortSignal,
): Promise<string> {
  const ask = (next: string | undefined): Promise<Page | undefined> => {
    const token = next === undefined ? '' : `&continue=${encodeURIComponent(next)}`;
    const query = `${path}?${selector === undefined ? '' : `${selector}&`}limit=${pages.size}${token}`;
    return readPage(client, query, { limitBytes: pages.size > 1 ? PAGE_BYTES : MOST_BYTES, signal });
  };
  let next: string | undefined;
  for (let answer = ask(next); ;) {
    const page = await answer;
    if (page === undefined) {
      // Too large: the same page again with fewer objects.
      pages.size = Math.ceil(pages.size / 4);
      answer = ask(next);
      continue;
    }
    if (page.items.length > 0) pages.size = sizeAfter(page, pages.limit);
    next = page.next;
    if (next === undefined) {
      page.items.forEach(take);
      return page.version;
    }
    answer = ask(next);
    // Awaited in the next round, unless `take` throws.
    answer.catch(() => undefined);
    await takeInPieces(page.items, take);
  }
}

/** Between two pieces the request for the next page is sent, so that the server works on it meanwhile. */
const PIECE = 25;

async function takeInPieces(items: readonly unknown[], take: (object: unknown) => void): Promise<void> {
  for (let first = 0; first < items.length; first += PIECE) {
    items.slice(first, first + PIECE).forEach(take);
    await setImmediate();
  }
}

/**
 * How many objects the next page may have, so that half of `PAGE_BYTES` is enough if they are as large as those of
 * this page.
 */
function sizeAfter({ items, length }: Page, limit: number): number {
  return Math.min(limit, Math.max(1, Math.floor((items.length * PAGE_BYTES) / (2 * length))));
}

/** Reads one page; undefined if it has more than `limitBytes` and fewer objects could help. */
async function readPage(
  client: ApiClient,
  path: string,
  { limitBytes, signal }: { readonly limitBytes: number; readonly signal: AbortSignal },
): Promise<Page | undefined> {
  const response = await client.get(path, signal);
  const text = await readBodyText(response, { limitBytes, idleMs: IDLE_MS }).catch((error: unknown) => {
    if (error instanceof TooLargeError && limitBytes < MOST_BYTES) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const list = parseApiJson(text, new URL(client.server + path));
  const { items, metadata } = (list ?? {}) as { items?: unknown; metadata?: Record<string, unknown> };
  const { resourceVersion, continue: next } = metadata ?? {};
  // Go writes an empty list as null, so only the version proves that this is a list.
  if (typeof resourceVersion !== 'string' || !(items === null || Array.isArray(items)))
    throw new Error(`the answer to ${path} is not a list`);
  return {
    items: items ?? [],
    length: text.length,
    version: resourceVersion,
    next: typeof next === 'string' && next !== '' ? next : undefined,
  };
}
