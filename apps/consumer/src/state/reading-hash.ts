import type { Reading } from '@kubefigurator/etcd-store';
import { hashText } from '../host/release-hash.ts';

/** SHA-256 of a published text, in hex; undefined if etcd has no text. */
export function hashOfPublished(reading: Reading): string | undefined {
  return reading.kind === 'published' ? hashText(reading.published.text) : undefined;
}
