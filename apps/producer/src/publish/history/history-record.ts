import { isJsonObject, parseJsonObject } from '../json-object.ts';
import { isPolicyVersion } from '../publication-record.ts';
import { isTextHash } from '../is-text-hash.ts';
import {
  type Cause,
  CHANGE_KINDS,
  MOST_OBJECTS,
  NO_CAUSE,
  OBJECT_KINDS,
  type ObjectChange,
} from './cause.ts';

/** What etcd holds of one publication beside its text. */
export interface HistoryRecord {
  /** etcd's revision of the text when it was published. */
  readonly revision: string;
  /** When etcd confirmed it, in ISO 8601. */
  readonly at: string;
  /** SHA-256 of the text in hex, as hosts report it. */
  readonly hash: string;
  /** The size of the text, and of what the history stores of it, in bytes. */
  readonly textBytes: number;
  readonly storedBytes: number;
  /** Which producer published it. */
  readonly by: string;
  /** What started the pass, in the words of the log. */
  readonly reason: string;
  /** The version of the policy, as in `Policy`; absent if there was none or an older producer published. */
  readonly policy?: string;
  /** Absent if no publication of the same process is known to compare with. */
  readonly cause?: Cause;
  /** How many publications this entry stands for: those that the last one followed within a minute have none of their own. */
  readonly publications: number;
}

const REVISION = /^[1-9]\d{0,18}$/;
/** The longest text of a record that is kept, in characters. */
const LONGEST = 300;

export function isRevision(text: string): boolean {
  return REVISION.test(text);
}

export function formatHistoryRecord(record: HistoryRecord): string {
  // The name of the key says it.
  return JSON.stringify({ ...record, revision: undefined });
}

/** Reads the record of a revision; undefined for anything else, since anybody who may write the key may have written it. */
export function parseHistoryRecord(revision: string, text: string): HistoryRecord | undefined {
  const { at, hash, textBytes, storedBytes, by, reason, policy, cause, publications } = parseJsonObject(text);
  if (!isRevision(revision) || !isTime(at) || !isTextHash(hash)) return undefined;
  if (!isCount(textBytes) || !isCount(storedBytes)) return undefined;
  const parsed = parseCause(cause);
  return {
    ...{ revision, at, hash, textBytes, storedBytes },
    by: textOr(by, 'unknown'),
    reason: textOr(reason, ''),
    ...(isPolicyVersion(policy) ? { policy } : {}),
    ...(parsed === undefined ? {} : { cause: parsed }),
    publications: isCount(publications) ? Math.max(1, publications) : 1,
  };
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 40 && !Number.isNaN(Date.parse(value));
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value.slice(0, LONGEST) : otherwise;
}

function parseCause(value: unknown): Cause | undefined {
  if (!isJsonObject(value)) return undefined;
  const { objects, more } = value;
  return {
    objects: Array.isArray(objects) ? objects.slice(0, MOST_OBJECTS).flatMap(parseChange) : NO_CAUSE.objects,
    more: isCount(more) ? more : 0,
  };
}

function parseChange(value: unknown): readonly ObjectChange[] {
  if (!isJsonObject(value) || typeof value['name'] !== 'string') return [];
  const kind = OBJECT_KINDS.find((one) => one === value['kind']);
  const change = CHANGE_KINDS.find((one) => one === value['change']);
  if (kind === undefined || change === undefined) return [];
  return [{ kind, name: value['name'].slice(0, LONGEST), change }];
}

/** From the oldest to the newest. */
export function inOrder(records: readonly HistoryRecord[]): readonly HistoryRecord[] {
  return [...records].sort((a, b) => (BigInt(a.revision) < BigInt(b.revision) ? -1 : 1));
}
