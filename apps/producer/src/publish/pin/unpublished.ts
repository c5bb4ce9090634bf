import { isJsonObject, parseJsonObject } from '../json-object.ts';
import type { LineDifference } from './line-difference.ts';

/** What the producer that leads says of the text that it would publish if none were pinned. */
export interface Unpublished extends LineDifference {
  /** The revision of the marker's key: what was said of another pin doesn't count. */
  readonly marker: string;
}

export function formatUnpublished({ marker, added, removed }: Unpublished): string {
  return JSON.stringify({ marker, added, removed });
}

/** Undefined for anything else, since a person may have written it. */
export function parseUnpublished(text: string | undefined): Unpublished | undefined {
  const value: unknown = text === undefined ? undefined : parseJsonObject(text);
  if (!isJsonObject(value)) return undefined;
  const { marker, added, removed } = value;
  return typeof marker === 'string' && isCount(added) && isCount(removed)
    ? { marker, added, removed }
    : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
