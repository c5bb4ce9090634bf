import { addressWithoutUserInfo } from './user-info.ts';

/** The result of a parser: a value, or a reason, which quotes the text and says what would be right. */
export type Parsed<T> = { readonly value: T } | { readonly reason: string };

/** An address to listen on or to connect to. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Any text that is not blank. */
export function parseNonBlankText(text: string): Parsed<string> {
  return text.trim() === '' ? { reason: 'is empty' } : { value: text };
}

/** A whole number from `min` to `max`. */
export function parseWhole(text: string, min: number, max: number): Parsed<number> {
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return { value };
  return { reason: `"${text}" is not a number from ${min} to ${max}` };
}

/** A TCP port. */
export function parsePort(text: string): Parsed<number> {
  const parsed = parseWhole(text, 1, 65535);
  return 'value' in parsed ? parsed : { reason: `"${text}" is not a port; give a number from 1 to 65535` };
}

/** `true`, `yes`, `on` or `1`; `false`, `no`, `off` or `0`; in any letter case. */
export function parseBoolean(text: string): Parsed<boolean> {
  const word = text.toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(word)) return { value: true };
  if (['false', 'no', 'off', '0'].includes(word)) return { value: false };
  return { reason: `"${text}" is neither true nor false` };
}

/** `host:port`, `[<IPv6>]:port` or `:port`, which means all addresses (`::`); port 0 means any free port. */
export function parseHostPort(text: string): Parsed<HostPort> {
  const match = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(text);
  const [, ipv6, name, digits] = match ?? [];
  const port = Number(digits);
  if (match === null || port > 65535) {
    return {
      reason: `"${addressWithoutUserInfo(text)}" is not an address; give host:port such as 127.0.0.1:9641`,
    };
  }
  return { value: { host: ipv6 ?? (name || '::'), port } };
}

/** A duration such as `300ms`, `10s`, `5m` or `1h`, in milliseconds. */
export function parseDuration(text: string): Parsed<number> {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match?.[2] ?? ''];
  if (match === null || unit === undefined) {
    return { reason: `"${text}" is not a duration; give a number with ms, s, m or h, such as 10s` };
  }
  return { value: Number(match[1]) * unit };
}
