import type { ClusterSnapshot, NodeRecord, ServiceRecord } from '@kubefigurator/translator';
import { FieldError, fieldsOf, listOf } from './fields.ts';
import { ManifestError, parseDocuments, type ManifestDocument } from './manifest-documents.ts';
import type { ManifestFile } from './manifest-files.ts';
import { concernsUs, nodeKey, normalizeNode, normalizeService, serviceKey } from './normalize.ts';

/** Objects found so far, with where they were found. */
interface Found {
  readonly services: Map<string, { readonly record: ServiceRecord; readonly at: string }>;
  readonly nodes: Map<string, { readonly record: NodeRecord; readonly at: string }>;
  readonly passedOver: Map<string, number>;
}

/** What manifests hold. */
export interface Manifests {
  readonly snapshot: ClusterSnapshot;
  /** Services and Nodes of any kind, also those that aren't ours. */
  readonly objects: number;
  /** How many objects of which other kinds there are: `apps/v1 Deployment`. */
  readonly passedOver: ReadonlyMap<string, number>;
}

/**
 * The Services and Nodes in manifests, all other kinds passed over; with `namespaces`, Services of those only.
 * Throws a {@link ManifestError} that names file, document and line where something can't be read.
 */
export function readManifests(files: readonly ManifestFile[], namespaces: readonly string[]): Manifests {
  const found: Found = { services: new Map(), nodes: new Map(), passedOver: new Map() };
  for (const { name, text } of files)
    for (const document of parseDocuments(name, text)) collectDocument(document, found);
  const wanted = (service: ServiceRecord): boolean =>
    concernsUs(service) && (namespaces.length === 0 || namespaces.includes(service.namespace));
  const snapshot = {
    services: [...found.services.values()].map(({ record }) => record).filter(wanted),
    nodes: [...found.nodes.values()].map(({ record }) => record),
  };
  return { snapshot, objects: found.services.size + found.nodes.size, passedOver: found.passedOver };
}

function collectDocument(document: ManifestDocument, found: Found): void {
  const { position, value } = document;
  if (value === null || value === undefined) return;
  if (typeof value !== 'object' || Array.isArray(value))
    throw new ManifestError('a manifest must be a mapping with apiVersion and kind', position);
  try {
    collect({ value: value as Record<string, unknown>, inList: false }, document, found);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new ManifestError(error.message, { ...position, line: lineOf(error.key, document) });
  }
}

interface Candidate {
  readonly value: Readonly<Record<string, unknown>>;
  readonly inList: boolean;
  /** What the list says its items are; they don't say it themselves in `ServiceList`. */
  readonly kind?: string;
}

function collect(
  { value, inList, kind: implied }: Candidate,
  document: ManifestDocument,
  found: Found,
): void {
  const { apiVersion = 'v1', kind = implied } = value;
  if (apiVersion !== 'v1' || typeof kind !== 'string') passOver(found, apiVersion, kind);
  else if (kind === 'Service')
    add(found.services, normalizeService(value), { key: serviceKey, kind, document });
  else if (kind === 'Node') add(found.nodes, normalizeNode(value), { key: nodeKey, kind, document });
  else if (LISTS.has(kind) && !inList) collectList(value, kind, { document, found });
  else passOver(found, apiVersion, kind);
}

function passOver({ passedOver }: Found, apiVersion: unknown, kind: unknown): void {
  const name = typeof kind === 'string' ? `${String(apiVersion)} ${kind}` : 'without a kind';
  passedOver.set(name, (passedOver.get(name) ?? 0) + 1);
}

/** Which kind the items of a list have that don't say it themselves. */
const LISTS: ReadonlyMap<string, string | undefined> = new Map([
  ['List', undefined],
  ['ServiceList', 'Service'],
  ['NodeList', 'Node'],
]);

function collectList(
  list: Candidate['value'],
  kind: string,
  { document, found }: { readonly document: ManifestDocument; readonly found: Found },
): void {
  const implied = LISTS.get(kind);
  listOf(list['items'], 'items').forEach((item, index) => {
    const value = fieldsOf(item, `items[${index}]`);
    collect({ value, inList: true, ...(implied === undefined ? {} : { kind: implied }) }, document, found);
  });
}

function add<T>(
  to: Map<string, { readonly record: T; readonly at: string }>,
  record: T,
  {
    key,
    kind,
    document,
  }: { readonly key: (record: T) => string; readonly kind: string; readonly document: ManifestDocument },
): void {
  const { file, document: number } = document.position;
  const known = to.get(key(record));
  if (known !== undefined)
    throw new ManifestError(
      `${kind} ${key(record)} is already in ${known.at}; remove one of them`,
      document.position,
    );
  to.set(key(record), { record, at: `${file}, document ${number}` });
}

/** The line of a key where only one line of the document has it, otherwise the document's first line. */
function lineOf(key: string, { position, text }: ManifestDocument): number {
  const pattern = new RegExp(`^\\s*(?:-\\s+)*["']?${key.replace(/[^\w]/g, '\\$&')}["']?\\s*:`);
  const lines = text.split('\n').flatMap((line, index) => (pattern.test(line) ? [index] : []));
  const [only] = lines;
  return position.line + (lines.length === 1 && only !== undefined ? only : 0);
}
