import type { Reading } from '@kubefigurator/etcd-store';
import { hashOfText } from '@kubefigurator/etcd-store';
import type { Observed } from '../explain/facts.ts';

/** The text in etcd with its hash, or why there is none. */
export function publishedIn(reading: Reading): Observed['published'] {
  switch (reading.kind) {
    case 'published': {
      const { revision, text } = reading.published;
      return { revision, text, hash: hashOfText(text) };
    }
    case 'missing':
      return { problem: 'the key is missing, so nothing was published yet' };
    case 'unreadable':
      return { problem: `the key holds a value that isn't text: ${reading.reason}` };
  }
}
