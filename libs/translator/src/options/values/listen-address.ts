import { parseIp } from '@kubefigurator/config-model';
import { ANY_IPV4 } from '../../intent/intent.ts';
import type { Parsed } from '../../diagnostics/parsed.ts';
import { acceptValue, refuseValue } from '../../diagnostics/parsed.ts';
import { quoteUserText } from '../../diagnostics/quote.ts';
import type { ServiceLimits } from '../../snapshot/limits.ts';
import { refuseLongList } from './list-length.ts';

/** Reads a comma-separated list of listen addresses: canonical, each once, in the order of the list. */
export function parseListenAddresses(
  text: string,
  { limits }: { readonly limits: ServiceLimits },
): Parsed<readonly string[]> {
  const surplus = refuseLongList(text, 'listenAddresses', limits);
  if (surplus !== undefined) return surplus;
  const addresses = new Set<string>();
  for (const item of text.split(',')) {
    const address = canonicalListenAddress(item.trim());
    if (address === undefined) {
      const which = item === text ? 'must be' : `holds ${quoteUserText(item.trim())}: each must be`;
      return refuseValue(
        `${which} an IPv4 address, an IPv6 address without brackets, or * for every IPv4 address`,
      );
    }
    addresses.add(address);
  }
  return acceptValue([...addresses]);
}

function canonicalListenAddress(text: string): string | undefined {
  if (text === ANY_IPV4) return ANY_IPV4;
  const ip = parseIp(text)?.text;
  return ip === '0.0.0.0' ? ANY_IPV4 : ip;
}
