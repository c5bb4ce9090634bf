import type { Complaint } from '../../diagnostics/diagnostics.ts';
import { quoteUserText } from '../../diagnostics/quote.ts';
import { ANNOTATION_PREFIX } from './keys.ts';

/** The longest key that the API server takes, or the longest part of a key behind a `/`; our keys have no `/`. */
const LONGEST_KEY = 63;

export function isKeyTooLong(key: string): boolean {
  return key.length > LONGEST_KEY;
}

/** What to write instead of a key that the API server refuses; a port's number is shorter than its name. */
export function adviseShorterKey(key: string, option: string, port: number | undefined): Complaint {
  const shorter =
    port === undefined ? '' : `: write ${quoteUserText(`${ANNOTATION_PREFIX}${port}.${option}`)}`;
  const message = `the key ${quoteUserText(key)} is longer than the ${LONGEST_KEY} characters that the API server takes${shorter}`;
  return { code: 'key-too-long', message };
}
