import type { Parsed } from '../../diagnostics/parsed.ts';
import { refuse, value } from '../../diagnostics/parsed.ts';
import { quote } from '../../diagnostics/quote.ts';
import type { HostPattern } from '../../intent/intent.ts';

/** RE2, as the API server reads it: one host name, perhaps a wildcard. */
export const HOST_NAME_PATTERN =
  '^([*][.])?[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?([.][A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$';

/** The word of the first users for "the cluster's name", at most once in each host name. */
const CLUSTER = 'CLUSTER';
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const LONGEST_NAME = 253;

/** The host names of one port. */
export interface HostNames {
  /** The first name as it is written, with the cluster's name put in: the certificate is called after it. Empty for an empty text. */
  readonly first: string;
  /** Each name once, in canonical spelling, in the order of the list. None for an empty text. */
  readonly patterns: readonly HostPattern[];
}

/**
 * Reads a comma-separated list of host names; `*.x.y` is a wildcard, `CLUSTER` stands for the cluster's name.
 * What an empty text means depends on the mode: it is no name, but no name is needed for tcp.
 */
export function parseHostNames(text: string, context: { readonly cluster: string }): Parsed<HostNames> {
  if (text === '') return value({ first: '', patterns: [] });
  const names = text.split(',').map((name) => name.trim());
  if (context.cluster === '' && names.some((name) => name.includes(CLUSTER))) {
    return {
      ok: false,
      code: 'missing-cluster-name',
      reason: 'holds CLUSTER: start the producer with --cluster, or write the name out',
    };
  }
  const full = names.map((name) => name.replace(CLUSTER, () => context.cluster));
  const wrong = full.find((name) => !isHostName(name));
  if (wrong !== undefined) return refuse(whyNoHostName(wrong, text));
  const distinct = new Set(full.map((name) => name.toLowerCase()));
  return value({ first: full[0] ?? '', patterns: [...distinct].map(toPattern) });
}

/** Reads one host name that is no wildcard, in lower case. */
export function parseServerName(text: string): Parsed<string> {
  return text.startsWith('*') || !isHostName(text)
    ? refuse('must be one host name, as on the certificate of the servers')
    : value(text.toLowerCase());
}

function isHostName(name: string): boolean {
  const literal = name.startsWith('*.') ? name.slice(2) : name;
  return literal.length <= LONGEST_NAME && literal.split('.').every((label) => LABEL.test(label));
}

function whyNoHostName(name: string, list: string): string {
  if (list.trim() === '') return 'must be a host name; without the annotation the port takes every host';
  const which = name === list ? 'must be' : `holds ${quote(name)}: each must be`;
  return `${which} a host name of letters, digits, "-", "_" and ".", or "*." and a host name`;
}

function toPattern(name: string): HostPattern {
  return name.startsWith('*.') ? { match: 'wildcard', name: name.slice(1) } : { match: 'exact', name };
}
