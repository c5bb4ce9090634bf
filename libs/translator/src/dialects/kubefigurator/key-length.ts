import type { Complaint } from '../../diagnostics/diagnostics.ts';
import { quoteUserText } from '../../diagnostics/quote.ts';
import { ANNOTATION_PREFIX } from './keys.ts';

/** The most characters that the API server takes in a key, without a part before a `/`; our keys have no `/`. */
const LONGEST_KEY = 63;

export function isKeyTooLong(key: string): boolean {
  return key.length > LONGEST_KEY;
}

/** Says that a key is too long; if it names a port with this number, advises the number, which is shorter than the name. */
export function adviseShorterKey(key: string, option: string, port: number | undefined): Complaint {
  const shorter =
    port === undefined ? '' : `: write ${quoteUserText(`${ANNOTATION_PREFIX}${port}.${option}`)}`;
  const message = `the key ${quoteUserText(key)} is longer than the ${LONGEST_KEY} characters that the API server takes${shorter}`;
  return { code: 'key-too-long', message };
}
