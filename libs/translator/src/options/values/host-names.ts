import type { Parsed } from '../../diagnostics/parsed.ts';
import { acceptValue, refuseValue } from '../../diagnostics/parsed.ts';
import { quoteUserText } from '../../diagnostics/quote.ts';
import type { HostPattern } from '../../intent/intent.ts';
import type { ServiceLimits } from '../../snapshot/limits.ts';
import { refuseLongList } from './list-length.ts';

/** One host name, perhaps a wildcard; in RE2 syntax, for the admission policy. */
export const HOST_NAME_PATTERN =
  '^([*][.])?[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?([.][A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$';

/** The placeholder for the cluster's name, as in the predecessor; only the first one in a host name is replaced. */
const CLUSTER = 'CLUSTER';
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const LONGEST_NAME = 253;
/** Real names have fewer than ten labels, and each label costs a look-up wherever names are compared. */
const MOST_LABELS = 16;

/** The host names of one port. */
export interface HostNames {
  /** The first name, after `CLUSTER` is replaced: the certificate is named after it by default. '' for an empty text. */
  readonly first: string;
  /** Each name once, in canonical spelling, in the order of the list. None for an empty text. */
  readonly patterns: readonly HostPattern[];
}

/**
 * Reads a comma-separated list of host names; `*.x.y` is a wildcard, `CLUSTER` stands for the cluster's name.
 * An empty text gives no names; whether that is an error depends on the mode, since tcp needs none.
 */
export function parseHostNames(
  text: string,
  context: { readonly cluster: string; readonly limits: ServiceLimits },
): Parsed<HostNames> {
  if (text === '') return acceptValue({ first: '', patterns: [] });
  const surplus = refuseLongList(text, 'hostNames', context.limits);
  if (surplus !== undefined) return surplus;
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
  if (wrong !== undefined) return refuseValue(whyNoHostName(wrong, text));
  const distinct = new Set(full.map((name) => name.toLowerCase()));
  return acceptValue({ first: full[0] ?? '', patterns: [...distinct].map(toPattern) });
}

/** Reads one host name that isn't a wildcard; the value is in lower case. */
export function parseServerName(text: string): Parsed<string> {
  return text.startsWith('*') || !isHostName(text)
    ? refuseValue('must be one host name, as on the certificate of the servers')
    : acceptValue(text.toLowerCase());
}

function isHostName(name: string): boolean {
  const literal = name.startsWith('*.') ? name.slice(2) : name;
  const labels = literal.split('.');
  return (
    literal.length <= LONGEST_NAME &&
    labels.length <= MOST_LABELS &&
    labels.every((label) => LABEL.test(label))
  );
}

/** What is wrong, as `ParseFailure.reason`; `list` is the whole text of the annotation. */
function whyNoHostName(name: string, list: string): string {
  if (list.trim() === '') return 'must be a host name; without the annotation the port takes every host';
  if (name.split('.').length > MOST_LABELS) return `holds a name of more than ${MOST_LABELS} labels`;
  const which = name === list ? 'must be' : `holds ${quoteUserText(name)}: each must be`;
  return `${which} a host name of letters, digits, "-", "_" and ".", or "*." and a host name`;
}

function toPattern(name: string): HostPattern {
  return name.startsWith('*.') ? { match: 'wildcard', name: name.slice(1) } : { match: 'exact', name };
}
