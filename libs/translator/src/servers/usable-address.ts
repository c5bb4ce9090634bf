import type { IpAddress, IpNetwork } from '@kubefigurator/config-model';
import { isInNetwork, parseIp, unroutableRange } from '@kubefigurator/config-model';
import { quoteUserText } from '../diagnostics/quote.ts';

/** An address that a server can have, or the reason why none can. */
export type UsableAddress = { readonly address: IpAddress } | { readonly unusable: string };

/**
 * Reads an address that a Node reports. It is usable if other hosts can reach the Node by it, and if it is in one of the
 * networks, unless there are none.
 */
export function parseUsableAddress(text: string, networks: readonly IpNetwork[] = []): UsableAddress {
  const address = parseIp(text);
  const reason = address === undefined ? whyUnreadable(text) : whyUnusable(address, networks);
  if (address !== undefined && reason === undefined) return { address };
  return { unusable: `${quoteUserText(text)} is ${String(reason)}` };
}

function whyUnusable(address: IpAddress, networks: readonly IpNetwork[]): string | undefined {
  const isOutside = networks.length > 0 && !networks.some((network) => isInNetwork(address, network));
  const range = unroutableRange(address);
  if (range === 'metadata') return 'the metadata address of a cloud';
  return range ?? (isOutside ? 'outside of --node-network' : undefined);
}

function whyUnreadable(text: string): string {
  const [withoutZone = ''] = text.split('%', 1);
  return parseIp(withoutZone) === undefined ? 'no IP address' : 'an address with a zone';
}
