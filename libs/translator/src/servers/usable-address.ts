import type { IpAddress } from '@kubefigurator/config-model';
import { parseIp, unroutableRange } from '@kubefigurator/config-model';
import { quote } from '../diagnostics/quote.ts';

/** An address that a server can have, or the reason why none can. */
export type UsableAddress = { readonly address: IpAddress } | { readonly unusable: string };

/** Reads an address that a Node reports; it must lead to that Node from another host. */
export function parseUsableAddress(text: string): UsableAddress {
  const address = parseIp(text);
  if (address === undefined) return { unusable: `${quote(text)} is ${whyUnreadable(text)}` };
  const range = unroutableRange(address);
  return range === undefined ? { address } : { unusable: `${quote(text)} is ${range}` };
}

function whyUnreadable(text: string): string {
  const [withoutZone = ''] = text.split('%', 1);
  return parseIp(withoutZone) === undefined ? 'no IP address' : 'an address with a zone';
}
