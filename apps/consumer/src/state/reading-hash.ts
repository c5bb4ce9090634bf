import type { Reading } from '@kubefigurator/etcd-store';
import { hashText } from '../host/release-hash.ts';

/** A text of megabytes is hashed once, though each pass and each status asks. */
const known = new WeakMap<Reading, string>();

/** SHA-256 of a published text, in hex; undefined if etcd has no text. */
export function hashOfReading(reading: Reading): string | undefined {
  if (reading.kind !== 'published') return undefined;
  const hash = known.get(reading) ?? hashText(reading.published.text);
  known.set(reading, hash);
  return hash;
}
