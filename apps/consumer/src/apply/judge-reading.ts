import type { Gate, ParsedText } from '@kubefigurator/haproxy-config';
import type { Reading } from '@kubefigurator/etcd-store';
import type { Wanted } from '@kubefigurator/rollout';
import { wantedFrom } from '@kubefigurator/rollout';
import { hashText } from '../host/release-hash.ts';

/** What etcd asks this host for; sections equal to ones in `known` are neither parsed nor judged again. */
export function judgeReading(reading: Reading, gate: Gate, known?: ParsedText): Wanted {
  return wantedFrom(reading, hashOfPublished(reading) ?? '', { gate, known: known?.config });
}

/** The revision that a reading speaks of; undefined for a missing key. */
export function revisionOf(reading: Reading | undefined): string | undefined {
  if (reading?.kind === 'published') return reading.published.revision;
  return reading?.kind === 'unreadable' ? reading.revision : undefined;
}

/** SHA-256 of a published text, in hex; undefined if etcd has no text. */
export function hashOfPublished(reading: Reading): string | undefined {
  return reading.kind === 'published' ? hashText(reading.published.text) : undefined;
}
