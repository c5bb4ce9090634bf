import type { ProxyMode } from '@kubefigurator/config-model';
import { ALGORITHMS, parseBalance } from './balance.ts';
import { parseCertificateFile } from './certificate-file.ts';
import { parseHostNames, parseServerName } from './host-names.ts';
import { parseListenAddresses } from './listen-address.ts';
import type { Parsed } from './parsed.ts';
import { refuse, value } from './parsed.ts';

/** Before every option: `haproxy-kubefigurator.<port>.<option>`. */
export const ANNOTATION_PREFIX = 'haproxy-kubefigurator.';
/** The label that selects a Service, and the one value that does. */
export const ENABLING_LABEL = { key: `${ANNOTATION_PREFIX}enabled`, value: 'yes' } as const;

/** What a parser may know besides the text. */
export interface ParseContext {
  readonly cluster: string;
}

/** What the API server can tell of a text before anybody translates it. */
export interface Admission {
  /** A text that doesn't hold is refused, or let through with a warning. */
  readonly action: 'refuse' | 'warn';
  /** A CEL expression on VALUE that holds for everything the parser takes, and perhaps for more. */
  readonly holds: string;
}

/** One option: everything the code, the reference page and the tests know about it. */
export interface OptionRow<T> {
  /** What the text may be, in a few words. */
  readonly takes: string;
  /** What holds when the annotation is absent. */
  readonly fallback: string;
  readonly doc: string;
  /** What an empty text means: nothing was said, or a text like any other. */
  readonly empty: 'unset' | 'parsed';
  readonly admission: Admission;
  readonly parse: (text: string, context: ParseContext) => Parsed<T>;
}

/** RE2, as the API server reads it: one host name, perhaps a wildcard. */
const HOST_NAME =
  '^([*][.])?[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?([.][A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$';
const TRUE_OR_FALSE = "VALUE in ['true', 'false']";
const LAST_PORT = 65_535;

/** Every annotation of a port. */
export const OPTIONS = {
  hostname: {
    takes: 'host name(s), comma-separated; `*.x.y` matches one or more labels',
    fallback: 'none: every request on the bind that no other host matches',
    doc: 'http: requests whose Host is this, with or without a port, in any letter case. The first `CLUSTER` in each name is replaced by `--cluster`. tcp: only the name of the certificate.',
    empty: 'parsed',
    admission: {
      action: 'refuse',
      holds: `VALUE == '' || VALUE.split(',').all(name, name.trim().matches(r'${HOST_NAME}'))`,
    },
    parse: parseHostNames,
  },
  'listen-ip': {
    takes: 'IPv4, IPv6 or `*`, comma-separated',
    fallback: '`*`',
    doc: 'The address or addresses of the bind. `*` is every IPv4 address, `::` every IPv6 address.',
    empty: 'unset',
    admission: {
      action: 'refuse',
      holds: `VALUE == '' || VALUE.split(',').all(ip, ip.trim() == '*' || isIP(ip.trim()) || ip.trim().matches(r'^[0-9A-Fa-f:.]*::[0-9A-Fa-f:.]*$'))`,
    },
    parse: parseListenAddresses,
  },
  'listen-port': {
    takes: '1 to 65535',
    fallback: '`443`',
    doc: 'The port of the bind. Ports of `--reserved-port` belong to the hosts.',
    empty: 'unset',
    admission: {
      action: 'refuse',
      holds: `VALUE == '' || (VALUE.matches(r'^[1-9][0-9]{0,4}$') && int(VALUE) <= ${LAST_PORT})`,
    },
    parse: parsePortNumber,
  },
  'haproxy-mode': {
    takes: '`http` or `tcp`',
    fallback: '`http`',
    doc: 'What HAProxy understands of the traffic. Ports that share a bind must agree; a tcp bind has one port only.',
    empty: 'unset',
    admission: { action: 'refuse', holds: `VALUE in ['', 'http', 'tcp']` },
    parse: parseMode,
  },
  'use-ssl': {
    takes: '`true` or `false`; anything else counts as `false`',
    fallback: '`true` for http, `false` for tcp',
    doc: 'TLS on the bind. Ports that share a bind must agree.',
    empty: 'parsed',
    admission: { action: 'warn', holds: TRUE_OR_FALSE },
    parse: parseSwitch,
  },
  'ssl-certificate': {
    takes: 'a file below `--certificate-dir`, without `..`',
    fallback: '`<first hostname>.pem`',
    doc: 'The PEM bundle with certificate and key. Ports that share a bind share their certificates; the client chooses by SNI.',
    empty: 'unset',
    admission: {
      action: 'refuse',
      holds: `VALUE == '' || (VALUE.matches(r'^[A-Za-z0-9._*@+=:-]+(/[A-Za-z0-9._*@+=:-]+)*$') && !VALUE.split('/').exists(name, name in ['.', '..']))`,
    },
    parse: parseCertificateFile,
  },
  'backends-use-ssl': {
    takes: '`true` or `false`; anything else counts as unset',
    fallback: 'the same as the bind',
    doc: 'TLS to the servers.',
    empty: 'parsed',
    admission: { action: 'warn', holds: TRUE_OR_FALSE },
    parse: parseTriState,
  },
  'backends-verify-ssl': {
    takes: '`true` or `false`; anything else counts as `false`',
    fallback: '`false`',
    doc: "Check the servers' certificates against `--backend-ca-file`; their name is checked when `backends-server-name` gives one.",
    empty: 'parsed',
    admission: { action: 'warn', holds: TRUE_OR_FALSE },
    parse: parseSwitch,
  },
  'backends-server-name': {
    takes: 'a host name',
    fallback: 'none',
    doc: 'The name sent to the servers (SNI) and, with `backends-verify-ssl`, looked for in their certificates.',
    empty: 'unset',
    admission: {
      action: 'refuse',
      holds: `VALUE == '' || (!VALUE.startsWith('*') && VALUE.matches(r'${HOST_NAME}'))`,
    },
    parse: parseServerName,
  },
  'backends-balance-method': {
    takes: 'a balance algorithm of HAProxy with its arguments',
    fallback: '`roundrobin`',
    doc: 'How a server is chosen. An algorithm that reads http requests does nothing on a tcp port: `roundrobin` is used there.',
    empty: 'unset',
    admission: {
      action: 'refuse',
      holds: `VALUE == '' || VALUE.matches(r'^ *(${Object.keys(ALGORITHMS).join('|')})( |[(]|$)')`,
    },
    parse: parseBalance,
  },
} as const satisfies Record<string, OptionRow<unknown>>;

export type OptionName = keyof typeof OPTIONS;
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

type ValueOf<Row> = Row extends { readonly parse: (...args: never[]) => Parsed<infer T> } ? T : never;
/** The options somebody set, each with its parser's value. */
export type OptionValues = { readonly [Name in OptionName]?: ValueOf<(typeof OPTIONS)[Name]> };

/** True for the name of an option, and for nothing a prototype brings along. */
export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

const PORT_NUMBER = /^[1-9]\d{0,4}$/;

/** True for a number that can stand behind an address. */
export function isPortNumber(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= LAST_PORT;
}

function parsePortNumber(text: string): Parsed<number> {
  const number = Number(text);
  return PORT_NUMBER.test(text) && isPortNumber(number)
    ? value(number)
    : refuse('must be a port number from 1 to 65535');
}

function parseMode(text: string): Parsed<ProxyMode> {
  return text === 'http' || text === 'tcp' ? value(text) : refuse('must be http or tcp, in lower case');
}

function parseSwitch(text: string): Parsed<boolean> {
  if (text === 'true' || text === 'false') return value(text === 'true');
  return { ok: true, value: false, warning: 'counts as false: write true or false' };
}

function parseTriState(text: string): Parsed<boolean | undefined> {
  if (text === 'true' || text === 'false') return value(text === 'true');
  return {
    ok: true,
    value: undefined,
    warning: 'counts as unset, so the servers are reached as the bind is: write true or false',
  };
}
