import type { Parsed } from '../../diagnostics/parsed.ts';
import { acceptValue, refuseValue } from '../../diagnostics/parsed.ts';
import { isPortNumber, LAST_PORT } from '../../snapshot/objects.ts';

const PORT_NUMBER = /^[1-9]\d{0,4}$/;

/** Reads the number of a TCP port. */
export function parsePortNumber(text: string): Parsed<number> {
  const number = Number(text);
  return PORT_NUMBER.test(text) && isPortNumber(number)
    ? acceptValue(number)
    : refuseValue(`must be a port number from 1 to ${LAST_PORT}`);
}
