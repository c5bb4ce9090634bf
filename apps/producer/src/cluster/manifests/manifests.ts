import type { ClusterSnapshot } from '@kubefigurator/translator';
import { FieldError, objectFields, listField } from '../records/fields.ts';
import { objectKey, readObjectName } from '../records/metadata.ts';
import { type ClusterRecord, RECORD_KINDS, type RecordKind, snapshotOf } from '../records/record-kinds.ts';
import { UnquotedScalar } from '../records/unquoted-scalar.ts';
import {
  lineOfKey,
  type ManifestDocument,
  ManifestError,
  parseManifestDocuments,
} from './manifest-documents.ts';
import type { ManifestFile } from './manifest-files.ts';

/** What the manifests contain. */
export interface Manifests {
  readonly snapshot: ClusterSnapshot;
  /** How many objects of the kinds that we observe there are, also those that don't concern us. */
  readonly objects: number;
  /** How many objects of other kinds there are, by apiVersion and kind: `apps/v1 Deployment`. */
  readonly passedOver: ReadonlyMap<string, number>;
}

/**
 * The objects in manifests that are of an observed kind and concern us; objects of other kinds are only counted. If
 * `namespaces` isn't empty, only objects in them are taken, and those of kinds without namespaces. With `everything`,
 * objects that don't concern us are taken, too.
 * Throws a {@link ManifestError} that names file, document and line if something can't be read.
 */
export function readManifests(
  files: readonly ManifestFile[],
  namespaces: readonly string[],
  everything = false,
): Manifests {
  const found: Found = { objects: new Map(), passedOver: new Map() };
  for (const { name, text } of files)
    for (const document of parseManifestDocuments(name, text)) collectDocument(document, found);
  const isWanted = ({ kind, record, namespace }: FoundObject): boolean =>
    (everything || kind.concerns(record)) &&
    (namespace === undefined || namespaces.length === 0 || namespaces.includes(namespace));
  const wanted = [...found.objects.values()].filter(isWanted);
  const snapshot = snapshotOf((kind) => wanted.flatMap((one) => (one.kind === kind ? [one.record] : [])));
  return { snapshot, objects: found.objects.size, passedOver: found.passedOver };
}

interface FoundObject {
  readonly kind: RecordKind<ClusterRecord>;
  readonly record: ClusterRecord;
  readonly namespace: string | undefined;
  /** Where it was found, for messages. */
  readonly at: string;
}

/** What was found so far. */
interface Found {
  /** By kind and key: `Service shop/web`. */
  readonly objects: Map<string, FoundObject>;
  readonly passedOver: Map<string, number>;
}

function collectDocument(document: ManifestDocument, found: Found): void {
  const { position, value } = document;
  if (value === null || value === undefined) return;
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof UnquotedScalar)
    throw new ManifestError('a manifest must be a mapping with apiVersion and kind', position);
  try {
    collect({ value: value as Record<string, unknown>, inList: false }, document, found);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new ManifestError(error.message, { ...position, line: lineOfKey(error.key, document) });
  }
}

/** An object that may be of an observed kind, or a list of such objects. */
interface Candidate {
  readonly value: Readonly<Record<string, unknown>>;
  /** A list in a list isn't read. */
  readonly inList: boolean;
  /** The kind of all items of the list that it is in, if the list says so; such items need not say it themselves. */
  readonly implied?: RecordKind<ClusterRecord>;
}

function collect(candidate: Candidate, document: ManifestDocument, found: Found): void {
  const { value, inList, implied } = candidate;
  const { apiVersion = 'v1', kind: named } = { ...typeOf(implied), ...value };
  const ofVersion = RECORD_KINDS.filter((one) => one.apiVersion === apiVersion);
  const kind = ofVersion.find((one) => one.kind === named);
  const itemKind = ofVersion.find((one) => `${one.kind}List` === named);
  const isList = itemKind !== undefined || (apiVersion === 'v1' && named === 'List');
  if (kind !== undefined) add(kind, value, { document, found });
  else if (isList && !inList) collectItems(value, itemKind, { document, found });
  else passOver(found, apiVersion, named);
}

function typeOf(kind: Candidate['implied']): { readonly apiVersion?: string; readonly kind?: string } {
  return kind === undefined ? {} : { apiVersion: kind.apiVersion, kind: kind.kind };
}

function collectItems(
  list: Candidate['value'],
  implied: Candidate['implied'],
  { document, found }: { readonly document: ManifestDocument; readonly found: Found },
): void {
  listField(list['items'], 'items').forEach((entry, index) => {
    const item = { value: objectFields(entry, `items[${index}]`), inList: true };
    collect(implied === undefined ? item : { ...item, implied }, document, found);
  });
}

function passOver({ passedOver }: Found, apiVersion: unknown, kind: unknown): void {
  const name = typeof kind === 'string' ? `${String(apiVersion)} ${kind}` : 'without a kind';
  passedOver.set(name, (passedOver.get(name) ?? 0) + 1);
}

function add(
  kind: RecordKind<ClusterRecord>,
  value: Candidate['value'],
  { document: { position }, found }: { readonly document: ManifestDocument; readonly found: Found },
): void {
  const name = readObjectName(value, kind.namespaced);
  const id = `${kind.kind} ${objectKey(name)}`;
  const record = normalize(kind, value, id);
  const known = found.objects.get(id);
  if (known !== undefined)
    throw new ManifestError(`${id} is already in ${known.at}; remove one of them`, position);
  const at = `${position.file}, document ${position.document}`;
  found.objects.set(id, { kind, record, namespace: name.namespace, at });
}

function normalize(kind: RecordKind<ClusterRecord>, value: Candidate['value'], id: string): ClusterRecord {
  try {
    return kind.normalize(value);
  } catch (error) {
    throw error instanceof FieldError ? error.of(id) : error;
  }
}
