import type { Gate, ParsedText } from '@kubefigurator/haproxy-config';
import type { Reading } from '@kubefigurator/etcd-store';
import type { Wanted } from '@kubefigurator/rollout';
import { wantedFrom } from '@kubefigurator/rollout';
import { hashText } from '../host/release-hash.ts';

/**
 * What etcd asks this host for. Sections that equal one of `known`, a text judged before, aren't parsed or judged
 * again.
 */
export function judgeReading(reading: Reading, gate: Gate, known?: ParsedText): Wanted {
  return wantedFrom(reading, hashOfPublished(reading) ?? '', { gate, known: known?.config });
}

/** The revision of a reading; undefined if the key is missing or there is no reading. */
export function revisionOf(reading: Reading | undefined): string | undefined {
  if (reading?.kind === 'published') return reading.published.revision;
  return reading?.kind === 'unreadable' ? reading.revision : undefined;
}

/** SHA-256 of a published text, in hex; undefined if etcd has no text. */
export function hashOfPublished(reading: Reading): string | undefined {
  return reading.kind === 'published' ? hashText(reading.published.text) : undefined;
}
