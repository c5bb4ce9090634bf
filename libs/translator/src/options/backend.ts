import { BOTH_MODES, defineOption } from './option.ts';
import { ALGORITHMS, parseBalance } from './values/balance.ts';
import { parseAnnotationSwitch, parseAnnotationTriState, TRUE_OR_FALSE } from './values/booleans.ts';
import { HOST_NAME_PATTERN, parseServerName } from './values/host-names.ts';

/** Options between HAProxy and the servers. */
export const BACKEND = [
  defineOption({
    name: 'backends-use-ssl',
    takes: '`true` or `false`; anything else counts as unset',
    default:
      'what `appProtocol` says, else the same as the bind; always `false` on a tcp port without TLS on its bind',
    doc: 'TLS to the servers.',
    scope: 'backend',
    empty: 'parsed',
    warning: 'unusual-boolean',
    admission: { action: 'warn', holds: TRUE_OR_FALSE },
    parse: parseAnnotationTriState,
    modes: BOTH_MODES,
    apply: (draft, tls) => ({ ...draft, backend: { ...draft.backend, tls } }),
  }),
  defineOption({
    name: 'backends-verify-ssl',
    takes: '`true` or `false`; anything else counts as `false`',
    default: '`false`',
    doc: "Check the servers' certificates against `--backend-ca-file`; their name is checked if `backends-server-name` gives one.",
    scope: 'backend',
    empty: 'parsed',
    warning: 'unusual-boolean',
    admission: { action: 'warn', holds: TRUE_OR_FALSE },
    parse: parseAnnotationSwitch,
    modes: BOTH_MODES,
    apply: (draft, verify) => ({ ...draft, backend: { ...draft.backend, verify } }),
  }),
  defineOption({
    name: 'backends-server-name',
    takes: 'a host name',
    default: 'none',
    doc: 'The name sent to the servers (SNI) and, with `backends-verify-ssl`, looked for in their certificates.',
    scope: 'backend',
    empty: 'unset',
    admission: {
      action: 'refuse',
      holds: `VALUE == '' || (!VALUE.startsWith('*') && VALUE.matches(r'${HOST_NAME_PATTERN}'))`,
    },
    parse: parseServerName,
    modes: BOTH_MODES,
    apply: (draft, serverName) => ({ ...draft, backend: { ...draft.backend, serverName } }),
  }),
  defineOption({
    name: 'backends-balance-method',
    takes: 'a balance algorithm of HAProxy with its arguments',
    default: '`roundrobin`',
    doc: 'How a server is chosen. An algorithm that reads http requests has no effect on a tcp port: `roundrobin` is used there.',
    scope: 'backend',
    empty: 'unset',
    admission: {
      action: 'refuse',
      holds: `VALUE == '' || VALUE.matches(r'^ *(${Object.keys(ALGORITHMS).join('|')})( |[(]|$)')`,
    },
    parse: parseBalance,
    modes: ({ needsHttp }) => (needsHttp ? ['http'] : BOTH_MODES),
    ineffective:
      'backends-balance-method names an algorithm that reads http requests, and the port is tcp: roundrobin is used',
    apply: (draft, { words }) => ({ ...draft, backend: { ...draft.backend, balance: words } }),
  }),
];
