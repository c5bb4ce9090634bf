import type { Entry } from '../keys/entry.ts';
import type { OwnerReading, Reading } from './config-store.ts';

/** The reading of a key; without an entry the key was missing at that revision of the store. */
export function readingOfEntry(key: string, entry: Entry<string> | undefined, atRevision: string): Reading {
  if (entry === undefined) return { kind: 'missing', key, atRevision };
  const { revision, bytes, value } = entry;
  return 'value' in value
    ? { kind: 'published', published: { revision, text: value.value, bytes } }
    : { kind: 'unreadable', revision, reason: `the value ${value.reason}` };
}

/** The reading of a key with JSON, such as the owner key. */
export function ownerReadingOf(entry: Entry<string> | undefined): OwnerReading {
  if (entry === undefined) return { revision: '0', value: undefined };
  return { revision: entry.revision, value: 'value' in entry.value ? entry.value.value : '' };
}

/**
 * The same revision and content: a restored etcd may assign a revision again to other content. A missing key is the
 * same at any revision of the store.
 */
export function sameReading(a: Reading, b: Reading): boolean {
  if (a.kind === 'published' && b.kind === 'published')
    return a.published.revision === b.published.revision && a.published.text === b.published.text;
  if (a.kind === 'unreadable' && b.kind === 'unreadable')
    return a.revision === b.revision && a.reason === b.reason;
  return a.kind === 'missing' && b.kind === 'missing';
}

/** The mod_revision that a transaction compares with; for etcd a missing key has 0. */
export function revisionSeen(reading: Reading): string {
  if (reading.kind === 'missing') return '0';
  return reading.kind === 'published' ? reading.published.revision : reading.revision;
}

/** True if the key holds exactly this text. */
export function readingHoldsText(
  reading: Reading,
  text: string,
): reading is Extract<Reading, { kind: 'published' }> {
  return reading.kind === 'published' && reading.published.text === text;
}
