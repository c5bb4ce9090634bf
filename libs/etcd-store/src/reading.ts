import type { IKeyValue, IRangeResponse } from 'etcd3';
import { decodeValue } from './encoding.ts';
import type { Reading } from './store.ts';

/** What a range over the one key gave. */
export function readingOf({ kvs, header }: IRangeResponse): Reading {
  const [found] = kvs;
  return found === undefined ? { kind: 'missing', atRevision: header.revision } : readingOfValue(found);
}

export function readingOfValue({ mod_revision: revision, value }: IKeyValue): Reading {
  const decoded = decodeValue(value);
  if (!('value' in decoded)) return { kind: 'unreadable', revision, reason: `the value ${decoded.reason}` };
  return { kind: 'published', published: { revision, text: decoded.value, bytes: value.length } };
}

/** The same revision and content: after a restore a number alone proves nothing. */
export function sameReading(a: Reading | undefined, b: Reading): boolean {
  if (a === undefined || a.kind !== b.kind) return false;
  if (a.kind === 'missing') return true;
  if (a.kind === 'published' && b.kind === 'published') {
    return a.published.revision === b.published.revision && a.published.text === b.published.text;
  }
  return (
    a.kind === 'unreadable' && b.kind === 'unreadable' && a.revision === b.revision && a.reason === b.reason
  );
}

/** The mod_revision that a transaction compares with; 0 is etcd's for a key that isn't there. */
export function revisionSeen(reading: Reading): string {
  if (reading.kind === 'missing') return '0';
  return reading.kind === 'published' ? reading.published.revision : reading.revision;
}

/** Does the key hold exactly this text? */
export function holdsText(reading: Reading, text: string): boolean {
  return reading.kind === 'published' && reading.published.text === text;
}
