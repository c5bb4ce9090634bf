import type { Parsed } from '../diagnostics/parsed.ts';
import { acceptValue, refuseValue } from '../diagnostics/parsed.ts';
import type { ProxyMode } from '../intent/intent.ts';
import { LAST_PORT } from '../snapshot/objects.ts';
import { BOTH_MODES, defineOption } from './option.ts';
import { parseListenAddresses } from './values/listen-address.ts';
import { parsePortNumber } from './values/numbers.ts';

/** Options that say where HAProxy listens, and in which mode. */
export const BIND = [
  defineOption({
    name: 'listen-ip',
    takes: 'IPv4, IPv6 or `*`, comma-separated',
    limit: 'listenAddresses',
    default: '`*`',
    doc: 'The address or addresses of the bind. `*` is every IPv4 address, `::` every IPv6 address. `--max-listen-addresses-per-service` limits their number. Loopback, link-local, multicast and metadata addresses need `--local-listen-addresses` of the producer.',
    scope: 'bind',
    empty: 'unset',
    admission: {
      action: 'refuse',
      holds: `VALUE == '' || VALUE.split(',').all(ip, ip.trim() == '*' || isIP(ip.trim()) || ip.trim().matches(r'^[0-9A-Fa-f:.]*::[0-9A-Fa-f:.]*$'))`,
    },
    parse: parseListenAddresses,
    modes: BOTH_MODES,
    apply: (draft, addresses) => ({ ...draft, bind: { ...draft.bind, addresses } }),
  }),
  defineOption({
    name: 'listen-port',
    takes: '1 to 65535',
    default: '`443`',
    doc: 'The port of the bind. Ports of `--reserved-port` belong to the hosts, and so do well-known ports of other programs, unless the producer allows them. `--listen-ports` may allow some ports only.',
    scope: 'bind',
    empty: 'unset',
    admission: {
      action: 'refuse',
      holds: `VALUE == '' || (VALUE.matches(r'^[1-9][0-9]{0,4}$') && int(VALUE) <= ${LAST_PORT})`,
    },
    parse: parsePortNumber,
    modes: BOTH_MODES,
    apply: (draft, port) => ({ ...draft, bind: { ...draft.bind, port } }),
  }),
  defineOption({
    name: 'haproxy-mode',
    takes: '`http` or `tcp`',
    default: '`http`',
    doc: 'The protocol that HAProxy handles. Ports that share a bind must agree; a tcp bind serves only one port of one Service.',
    scope: 'bind',
    empty: 'unset',
    admission: { action: 'refuse', holds: `VALUE in ['', 'http', 'tcp']` },
    parse: parseMode,
    modes: BOTH_MODES,
    apply: (draft, mode) => ({ ...draft, mode }),
  }),
];

function parseMode(text: string): Parsed<ProxyMode> {
  return text === 'http' || text === 'tcp'
    ? acceptValue(text)
    : refuseValue('must be http or tcp, in lower case');
}
