import type { PortRange } from '../snapshot/host-ports.ts';
import { formatPortRange } from '../snapshot/host-ports.ts';
import { isPortNumber } from '../snapshot/objects.ts';
import type { AllowedPorts, PortTls } from '../snapshot/policy.ts';
import type { Item } from './document.ts';

/** What may stand behind a port or range; nothing stands for both. */
const TLS_WORDS: Readonly<Record<PortTls, string>> = { required: '/tls', none: '/plain' };
/** A port has one spelling, without leading zeros. */
const LEADING_ZERO = /^0\d/;

const HOW_TO_WRITE =
  'write 443 or 8000-8999, and /tls or /plain behind it for ports only with or without TLS';

/** Reads `443`, `8000-8999`, `443/tls` or `80/plain`. */
export function readAllowedPorts(text: string): Item<AllowedPorts> {
  const [ports = '', word, ...rest] = text.split('/');
  const range = rangeOf(ports);
  if (range === undefined || rest.length > 0)
    return { reason: `is neither a port from 1 to 65535 nor a range of ports: ${HOW_TO_WRITE}` };
  if (word === undefined) return { value: range };
  const tls = (['required', 'none'] as const).find((each) => TLS_WORDS[each] === `/${word.trim()}`);
  return tls === undefined
    ? { reason: `has something else than tls or plain behind the slash: ${HOW_TO_WRITE}` }
    : { value: { ...range, tls } };
}

function rangeOf(text: string): PortRange | undefined {
  const [first = '', last = first, ...rest] = text.split('-').map((part) => part.trim());
  const [from, to] = [portOf(first), portOf(last)];
  if (from === undefined || to === undefined || rest.length > 0 || from > to) return undefined;
  return { from, to };
}

function portOf(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text) || LEADING_ZERO.test(text)) return undefined;
  const port = Number(text);
  return isPortNumber(port) ? port : undefined;
}

/** As `readAllowedPorts` reads it. */
export function formatAllowedPorts(allowed: AllowedPorts): string {
  return `${formatPortRange(allowed)}${allowed.tls === undefined ? '' : TLS_WORDS[allowed.tls]}`;
}

/**
 * Two entries that share a port and say different things about its TLS; undefined if there are none. The wider entry would
 * undo the narrower one: `1-65535, 443/tls` allows port 443 without TLS.
 */
export function contradictingPorts(
  entries: readonly AllowedPorts[],
): readonly [AllowedPorts, AllowedPorts] | undefined {
  const reachesFurthest = new Map<PortTls | undefined, AllowedPorts>();
  for (const entry of [...entries].sort((a, b) => a.from - b.from)) {
    for (const [tls, earlier] of reachesFurthest)
      if (tls !== entry.tls && earlier.to >= entry.from) return [earlier, entry];
    const furthest = reachesFurthest.get(entry.tls);
    if (furthest === undefined || furthest.to < entry.to) reachesFurthest.set(entry.tls, entry);
  }
  return undefined;
}
