import type { IpAddress } from '@kubefigurator/config-model';
import { parseIp, unroutableRange } from '@kubefigurator/config-model';
import { quote } from '../diagnostics/quote.ts';

/** An address that a server can have, or the reason why none can. */
export type UsableAddress = { readonly address: IpAddress } | { readonly unusable: string };

/** Reads an address that a Node reports; it must lead to that Node from another host. */
export function parseUsableAddress(text: string): UsableAddress {
  const address = parseIp(text);
  const reason = address === undefined ? whyUnreadable(text) : unroutableRange(address);
  if (address !== undefined && reason === undefined) return { address };
  return { unusable: `${quote(text)} is ${String(reason)}` };
}

function whyUnreadable(text: string): string {
  const [withoutZone = ''] = text.split('%', 1);
  return parseIp(withoutZone) === undefined ? 'no IP address' : 'an address with a zone';
}
