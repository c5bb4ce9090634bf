import type { Parsed } from '../diagnostics/parsed.ts';
import { acceptValue, refuseValue } from '../diagnostics/parsed.ts';
import { BOTH_MODES, defineOption } from './option.ts';
import { HOST_NAME_PATTERN, parseHostNames } from './values/host-names.ts';

/** Options that choose the backend of a request. */
export const ROUTING = [
  defineOption({
    name: 'hostname',
    takes: 'host name(s), comma-separated; `*.x.y` matches one or more labels',
    limit: 'hostNames',
    default: 'none: every request on the bind that no other host matches',
    doc: 'http: requests whose Host is this, with or without a port or a trailing dot, case-insensitive. The first `CLUSTER` in each name is replaced by `--cluster`. tcp: only the name of the certificate. `--max-host-names-per-service` limits their number.',
    scope: 'port',
    empty: 'parsed',
    admission: {
      action: 'refuse',
      holds: `VALUE == '' || VALUE.split(',').all(name, name.trim().matches(r'${HOST_NAME_PATTERN}'))`,
    },
    parse: parseHostNames,
    modes: BOTH_MODES,
    apply: (draft, hosts) => ({ ...draft, hosts }),
  }),
  defineOption({
    name: 'wildcard',
    takes: '`own` or `shared`',
    default: '`own`',
    doc: 'Whether other namespaces may have host names below the wildcards in `hostname`, as for a default page of the platform: a host name, with all below a wildcard, belongs to its namespace on every bind. Every port of the namespace that names the wildcard has to say `shared`. Names that others had before the wildcard stay theirs.',
    scope: 'port',
    empty: 'unset',
    admission: { action: 'refuse', holds: `VALUE in ['', 'own', 'shared']` },
    parse: parseWildcard,
    modes: ['http'],
    apply: (draft, wildcard) => ({ ...draft, wildcard }),
  }),
];

function parseWildcard(text: string): Parsed<'own' | 'shared'> {
  return text === 'own' || text === 'shared'
    ? acceptValue(text)
    : refuseValue('must be own or shared, in lower case');
}
